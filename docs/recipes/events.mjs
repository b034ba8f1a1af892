// Prints events as they happen; connects again after a lost connection. Node.js 20 or newer, no packages.
const { PMD_URL, PMD_KEY } = process.env;
let lastId = "";
let pause = 3000;

async function* linesOf(stream) {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop();
    yield* lines;
  }
}

for (;;) {
  const headers = { Authorization: `Bearer ${PMD_KEY}`, ...(lastId && { "Last-Event-ID": lastId }) };
  try {
    const answer = await fetch(`${PMD_URL}/api/pmd/sse`, { headers });
    if (answer.status < 500 && !answer.ok) throw new Error((await answer.json()).detail, { cause: "refused" });
    let event = "message";
    let data = [];
    for await (const line of linesOf(answer.body)) {
      const [, field, value] = line.match(/^([^:]*):? ?(.*)$/);
      if (field === "event") event = value;
      if (field === "data") data.push(value);
      if (field === "id") lastId = value;
      if (field === "retry") pause = Number(value);
      if (line === "") {
        if (data.length) console.log(event, data.join("\n"));
        [event, data] = ["message", []];
      }
    }
  } catch (error) {
    if (error.cause === "refused") throw error; // the key is revoked, say
  }
  await new Promise((resolve) => setTimeout(resolve, pause));
}
