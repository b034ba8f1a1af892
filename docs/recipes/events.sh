#!/bin/bash
# Prints events as they happen; connects again after a lost connection. Needs curl.
while :; do
    event=message
    while IFS= read -r line; do
        case $line in
        "event: "*) event=${line#event: } ;;
        "data: "*) echo "$event ${line#data: }" ;;
        "") event=message ;;
        esac
    done < <(curl -sSfN -H "Authorization: Bearer $PMD_KEY" "$PMD_URL/api/pmd/sse")
    wait $!
    [ $? -ne 22 ] || exit 1 # 22: refused, because the key is revoked, say
    sleep 3
done
