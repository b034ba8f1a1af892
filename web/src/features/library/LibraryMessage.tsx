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
        <Button onClick={() => clearFilters(filters)}>Clear filters</Button>
      </Empty>
    );
  }
  if (error) {
    return <LoadError error={error} onRetry={onRetry} />;
  }
  if (isLoading) {
    return (
      <div className="asset-skeletons" aria-busy>
        <span className="visually-hidden">Loading files…</span>
        {Array.from({ length: 24 }, (_, index) => (
          <span key={index} className="skeleton" />
        ))}
      </div>
    );
  }
  if (countFilters(filters) > 0) {
    return (
      <Empty icon={SearchX} title="No files match these filters.">
        {didYouMean !== null && (
          <Button look="primary" onClick={() => setFilters({ ...filters, q: didYouMean })}>
            Did you mean “{didYouMean}”?
          </Button>
        )}
        <Button onClick={() => clearFilters(filters)}>Clear filters</Button>
      </Empty>
    );
  }
  const texts = {
    new: "No new files. Uploads appear here first.",
    approved: "No approved files yet. Review your new files: A approves, S sets aside.",
    set_aside: "No files are set aside.",
    trash: "The trash is empty.",
  };
  return (
    <Empty
      icon={filters.state === "trash" ? Trash2 : Images}
      title={filters.state === "" ? "Your library is empty. Drop files or folders anywhere." : texts[filters.state]}
      {...(filters.state === "" && { hint: purposes.library })}
    >
      {filters.state === "" && (
        <PageLink className="button primary" page="uploads">
          Upload
        </PageLink>
      )}
    </Empty>
  );
}
