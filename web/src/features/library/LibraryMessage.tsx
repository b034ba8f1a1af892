import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Images, SearchX, Trash2 } from "lucide-react";

import { purposes } from "../../data/purposes";
import { PMDError } from "@pmd/client";
import { Button } from "../../ui/Button";
import { PageLink } from "../../ui/OpenLink";
import { Empty, LoadError } from "../../ui/Empty";
import { countFilters, type Filters } from "./filters";
import { clearFilters, setFilters } from "./query";

interface Props {
  filters: Filters;
  isLoading: boolean;
  error: Error | null;
  didYouMean: string | null;
  onRetry: () => void;
}

/** Shown where there are no files to list. */
export function LibraryMessage({ filters, isLoading, error, didYouMean, onRetry }: Props) {
  if (error instanceof PMDError && error.status === 422) {
    return (
      <Empty icon={SearchX} title={error.message}>
        <Button onClick={() => clearFilters(filters)}>
          <Trans>Clear filters</Trans>
        </Button>
      </Empty>
    );
  }
  if (error) {
    return <LoadError error={error} onRetry={onRetry} />;
  }
  if (isLoading) {
    return (
      <div className="asset-skeletons" aria-busy>
        <span className="visually-hidden">
          <Trans>Loading files…</Trans>
        </span>
        {Array.from({ length: 24 }, (_, index) => (
          <span key={index} className="skeleton" />
        ))}
      </div>
    );
  }
  if (countFilters(filters) > 0) {
    return (
      <Empty icon={SearchX} title={t`No files match these filters.`}>
        {didYouMean !== null && (
          <Button look="primary" onClick={() => setFilters({ ...filters, q: didYouMean })}>
            <Trans>Did you mean “{didYouMean}”?</Trans>
          </Button>
        )}
        <Button onClick={() => clearFilters(filters)}>
          <Trans>Clear filters</Trans>
        </Button>
      </Empty>
    );
  }
  const texts = {
    new: t`No new files. Uploads appear here first.`,
    approved: t`No approved files yet. Review your new files: A approves, S sets aside.`,
    set_aside: t`No files are set aside.`,
    trash: t`The trash is empty.`,
  };
  return (
    <Empty
      icon={filters.state === "trash" ? Trash2 : Images}
      title={filters.state === "" ? t`Your library is empty. Drop files or folders anywhere.` : texts[filters.state]}
      {...(filters.state === "" && { hint: purposes.library })}
    >
      {filters.state === "" && (
        <PageLink className="button primary" page="uploads">
          <Trans>Upload</Trans>
        </PageLink>
      )}
    </Empty>
  );
}
