import { plural, t } from "@lingui/core/macro";
import { Plural, Trans } from "@lingui/react/macro";
import { Check, type LucideIcon, Copyright, Eye, EyeOff, RotateCcw, Tag, Trash2, TriangleAlert } from "lucide-react";
import { useMemo, useState } from "react";

import { type PostEdit } from "../../data/client";
import { requestBulkChange, usePostCount } from "../../data/changes/bulk";
import { bulkTitle, same } from "../../data/changes/bulkWords";
import { stillHiddenWords, are } from "../../data/changes/outcome";
import type { BulkAction, BulkFilter, BulkRequest } from "../../data/changes/schema";
import { moderates } from "../../data/config";
import type { License } from "../../data/schema";
import { UNDO_DAYS } from "../../data/undoDays";
import { PMDError } from "@pmd/client";
import { formatCount } from "../../platform/format";
import { TextField } from "../../ui/Field";
import { FormError } from "../../ui/FormError";
import { useIfShown } from "../../ui/useIfShown";
import { useOnce } from "../../ui/useOnce";
import { BulkDetails, type Details } from "./BulkDetails";
import { serviceFilter } from "./filters";
import { DeletedPosts, LicenseField, PostsDialog, ReasonField } from "./PostsDialog";
import { LIMITS, overfull, parseHashtags } from "./texts";
import type { PostList } from "./usePostList";

const icons: Record<BulkAction, LucideIcon> = {
  hide: EyeOff,
  unhide: Eye,
  delete: Trash2,
  restore: RotateCcw,
  license: Copyright,
  hashtags: Tag,
  details: TriangleAlert,
};
/** They set values, and say what of it below their question. */
const SETTING: readonly BulkAction[] = ["license", "hashtags", "details"];

interface Props {
  action: BulkAction;
  /** Hashtags chosen already. */
  edit?: PostEdit;
  list: PostList;
  licenses: readonly License[];
  onRequested: () => void;
  onClose: () => void;
}

/** Confirms a change of all posts that the filter finds: how many, and how many of them stay as they are, and why. */
export function BulkDialog({ action, edit, list, licenses, onRequested, onClose }: Props) {
  const { rows, view, isComplete } = list;
  const [license, setLicense] = useState<string | null>(null);
  const [added, setAdded] = useState(edit?.addHashtags.join(" ") ?? "");
  const [removed, setRemoved] = useState(edit?.removeHashtags.join(" ") ?? "");
  const [details, setDetails] = useState<Details>({});
  const [reason, setReason] = useState("");
  const filter = useMemo(() => serviceFilter(view.filters, view.state, licenses), [view.filters, view.state, licenses]);
  const found = usePostCount(filter);
  const count = found.data?.total_count;
  const add = parseHashtags(added);
  const remove = parseHashtags(removed).filter((tag) => !add.includes(tag));
  const tooMany = action === "hashtags" && isComplete ? overfull(rows, add, remove) : 0;
  const needsReason = moderates && (action === "hide" || action === "delete");
  const isMissing =
    (action === "license" && license === null) ||
    (action === "details" && Object.keys(details).length === 0) ||
    (action === "hashtags" && add.length + remove.length === 0) ||
    (needsReason && reason.trim() === "");
  const once = useOnce();
  const ifShown = useIfShown();

  const submit = async () => {
    const body: BulkRequest = {
      action,
      filter,
      expected_count: count ?? null,
      ...(action === "license" && { license_id: licenses.find((each) => each.identifier === license)?.id ?? null }),
      ...(action === "hashtags" && { add_hashtags: add, remove_hashtags: remove }),
      ...(action === "details" && details),
      ...(needsReason && { reason: reason.trim() }),
    };
    try {
      await once(body, (key) => requestBulkChange(body, key));
    } catch (error) {
      if (error instanceof PMDError && error.status === 409) void found.refetch();
      throw error;
    }
    ifShown(onRequested);
  };
  const what = count === undefined ? t`posts` : plural(count, { one: "# post", other: "# posts" });
  return (
    <PostsDialog
      title={`${bulkTitle(action, what)}?`}
      posts={rows}
      count={count ?? rows.length}
      icon={SETTING.includes(action) ? Check : icons[action]}
      confirm={
        !SETTING.includes(action)
          ? bulkTitle(action, what)
          : count === undefined
            ? t`Apply to posts`
            : t`Apply to ${plural(count, { one: "# post", other: "# posts" })}`
      }
      isDangerous={action === "delete"}
      isDisabled={isMissing || !count || found.isFetching}
      onSubmit={submit}
      onClose={onClose}
    >
      <div role="status">
        {count === undefined && !found.error && (
          <p className="muted">
            <Trans>Counting the posts of this filter…</Trans>
          </p>
        )}
        {found.error && <FormError>{found.error.message}</FormError>}
        {count === 0 && (
          <p>
            <Trans>The service finds no post by this filter.</Trans>
          </p>
        )}
        {count !== undefined && isComplete && count !== rows.length && (
          <p className="wait">
            <Trans>
              The list shows {formatCount(rows.length)}: it also finds text inside words. Only what the service finds is
              changed.
            </Trans>
          </p>
        )}
        {count !== undefined && <Kept action={action} filter={filter} license={license} />}
      </div>
      {action === "delete" && <DeletedPosts />}
      {action === "license" && <LicenseField licenses={licenses} chosen={license} onChange={setLicense} />}
      {action === "hashtags" && (
        <>
          <TagsField label={t`Add hashtags`} value={added} onChange={setAdded} />
          <TagsField label={t`Remove hashtags`} value={removed} onChange={setRemoved} />
        </>
      )}
      {action === "details" && <BulkDetails details={details} onChange={setDetails} />}
      {tooMany > 0 && (
        <p className="wait">
          <Plural
            value={tooMany}
            one={`# post would have more than ${LIMITS.hashtags} hashtags and stays as it is.`}
            other={`# posts would have more than ${LIMITS.hashtags} hashtags and stay as they are.`}
          />
        </p>
      )}
      {needsReason && <ReasonField reason={reason} onChange={setReason} />}
      <p className="muted">
        <Trans>The service changes them, also while this page is closed. You can undo it for {UNDO_DAYS} days.</Trans>
      </p>
    </PostsDialog>
  );
}

function TagsField(props: { label: string; value: string; onChange: (value: string) => void }) {
  return <TextField className="field" placeholder={t`#sea #sky`} autoCapitalize="none" {...props} />;
}

/** How many posts are as requested already, and how many stay hidden by the other party. */
function Kept({ action, filter, license }: { action: BulkAction; filter: BulkFilter; license: string | null }) {
  const own = moderates ? "moderated" : "hidden";
  const theirs = moderates ? "hidden" : "moderated";
  const among = (visibility: "visible" | "hidden" | "moderated") =>
    filter.visibility === undefined ? { ...filter, visibility } : filter.visibility === visibility ? filter : null;
  const isLicensed = action === "license" && license !== null;
  const isFree = filter.license === undefined || filter.license === license;
  const alike =
    action === "hide"
      ? among(own)
      : action === "unhide"
        ? among("visible")
        : isLicensed && isFree
          ? { ...filter, license }
          : null;
  const already = usePostCount(alike).data?.total_count ?? 0;
  const hidden = usePostCount(action === "unhide" ? among(theirs) : null).data?.total_count ?? 0;
  return (
    <>
      {already > 0 && <p>{are(already, same[action])}</p>}
      {hidden > 0 && <p>{stillHiddenWords(hidden, moderates)}</p>}
    </>
  );
}
