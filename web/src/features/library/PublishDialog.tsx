import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Send, Wand2 } from "lucide-react";
import { useMemo, useState } from "react";

import { config } from "../../data/config";
import { go } from "../../platform/address";
import { Button } from "../../ui/Button";
import { SkippedList } from "../../ui/CardList";
import { FormDialog } from "../../ui/Dialog";
import { Choice } from "../../ui/Field";
import { MetadataChoice, type MetadataPolicy } from "../../ui/MetadataChoice";
import { FormError } from "../../ui/FormError";
import { toast } from "../../ui/toast";
import { publish, useDisclosures } from "./api";
import { type Help, helpedAlike, sortForPublishing } from "./publish";
import type { Asset, Published } from "../../data/assets/schema";

interface Props {
  assets: readonly Asset[];
  onDone: (items: Published["items"]) => void;
  onTask: (assets: readonly Asset[], help: Help) => void;
  onClose: () => void;
}

/** The maximum number of suggested tasks. */
const MAX_SUGGESTIONS = 4;

/** Publishes files as posts. Files that break the site's rules are listed, with a task that would fix them. */
export function PublishDialog({ assets, onDone, onTask, onClose }: Props) {
  const { fit, already, unfit } = useMemo(() => sortForPublishing(assets, config.limits), [assets]);
  const [isHidden, setHidden] = useState(false);
  const [marks, setMarks] = useState<MetadataPolicy>("strip");
  const ids = useMemo(() => fit.map(({ id }) => id), [fit]);
  const disclosures = useDisclosures(ids);
  const [refused, setRefused] = useState<Published["items"]>([]);
  const names = new Map(assets.map(({ id, name }) => [id, name]));
  const helped = helpedAlike(unfit).slice(0, MAX_SUGGESTIONS);

  const send = async () => {
    const items = await publish(ids, isHidden, marks);
    const published = items.filter(({ outcome }) => outcome === "published");
    const not = items.filter(({ outcome }) => outcome === "refused");
    onDone(items);
    if (published.length > 0) {
      toast.success(t`${plural(published.length, { one: "# file was published", other: "# files were published" })}.`, {
        action: { label: t`Posts`, onClick: () => go("posts") },
      });
    }
    if (not.length === 0) onClose();
    setRefused(not);
  };

  return (
    <FormDialog
      title={t`Publish ${plural(assets.length, { one: "# file", other: "# files" })}`}
      icon={Send}
      confirm={t`Publish ${plural(fit.length, { one: "# file", other: "# files" })}`}
      cancel={refused.length > 0 ? t`Close` : t`Cancel`}
      isDisabled={fit.length === 0 || !config.limits.can_publish || refused.length > 0}
      onSubmit={send}
      onClose={onClose}
    >
      {!config.limits.can_publish && (
        <FormError>
          <Trans>{config.site_name} does not take posts from here.</Trans>
        </FormError>
      )}
      <p>
        <Trans>
          <strong>
            <Plural value={fit.length} one="# file meets" other="# files meet" />
          </strong>{" "}
          {config.site_name}’s rules
        </Trans>
        {already.length > 0 &&
          t`; ${plural(already.length, { one: "# is already a post", other: "# are already posts" })}`}
        .
      </p>
      {unfit.length > 0 && (
        <SkippedList
          summary={plural(unfit.length, { one: "# file does not meet them", other: "# files do not meet them" })}
          label={t`Files that do not meet the rules`}
          isOpen={unfit.length <= 5}
          items={unfit.map(({ asset: { id, name }, reason }) => ({ id, name, reason }))}
        >
          {helped.map(({ help, assets: alike }) => (
            <Button icon={Wand2} key={help.words} onClick={() => onTask(alike, help)}>
              <Trans>
                Export <Plural value={alike.length} one="# file" other="# files" />: {help.words}
              </Trans>
            </Button>
          ))}
        </SkippedList>
      )}
      {refused.length > 0 && (
        <div className="refusal" role="alert">
          <p>{plural(refused.length, { one: "# file was refused", other: "# files were refused" })}:</p>
          <ul>
            {refused.map(({ asset_id: id, message }) => (
              <li key={id}>
                <bdi>{names.get(id)}</bdi> {message}
              </li>
            ))}
          </ul>
        </div>
      )}
      {fit.length > 0 && (
        <MetadataChoice disclosures={disclosures.data ?? null} names={names} value={marks} onChange={setMarks} />
      )}
      <fieldset className="choices">
        <legend className="visually-hidden">
          <Trans>How</Trans>
        </legend>
        <Choice type="checkbox" checked={isHidden} onChange={setHidden}>
          <Trans>Publish hidden: only I can see them until I unhide them</Trans>
        </Choice>
      </fieldset>
    </FormDialog>
  );
}
