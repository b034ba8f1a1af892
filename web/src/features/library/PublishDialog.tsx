import { Send, Wand2 } from "lucide-react";
import { useMemo, useState } from "react";

import { config } from "../../data/config";
import { go } from "../../platform/address";
import { plural } from "../../platform/format";
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
      toast.success(`${plural(published.length, "file was published", "files were published")}.`, {
        action: { label: "Posts", onClick: () => go("posts") },
      });
    }
    if (not.length === 0) onClose();
    setRefused(not);
  };

  return (
    <FormDialog
      title={`Publish ${plural(assets.length, "file")}`}
      icon={Send}
      confirm={`Publish ${plural(fit.length, "file")}`}
      cancel={refused.length > 0 ? "Close" : "Cancel"}
      isDisabled={fit.length === 0 || !config.limits.can_publish || refused.length > 0}
      onSubmit={send}
      onClose={onClose}
    >
      {!config.limits.can_publish && <FormError>{config.site_name} does not take posts from here.</FormError>}
      <p>
        <strong>{plural(fit.length, "file meets", "files meet")}</strong> {config.site_name}’s rules
        {already.length > 0 && `; ${plural(already.length, "is already a post", "are already posts")}`}.
      </p>
      {unfit.length > 0 && (
        <SkippedList
          summary={plural(unfit.length, "file does not meet them", "files do not meet them")}
          label="Files that do not meet the rules"
          isOpen={unfit.length <= 5}
          items={unfit.map(({ asset: { id, name }, reason }) => ({ id, name, reason }))}
        >
          {helped.map(({ help, assets: alike }) => (
            <Button icon={Wand2} key={help.words} onClick={() => onTask(alike, help)}>
              Export {plural(alike.length, "file")}: {help.words}
            </Button>
          ))}
        </SkippedList>
      )}
      {refused.length > 0 && (
        <div className="refusal" role="alert">
          <p>{plural(refused.length, "file was refused", "files were refused")}:</p>
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
        <legend className="visually-hidden">How</legend>
        <Choice type="checkbox" checked={isHidden} onChange={setHidden}>
          Publish hidden: only I can see them until I unhide them
        </Choice>
      </fieldset>
    </FormDialog>
  );
}
