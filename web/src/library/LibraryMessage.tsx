import { Images, SearchX, Trash2 } from "lucide-react";

import { Button } from "../ui/Button";
import { PageLink } from "../ui/OpenLink";
import { Empty, LoadError } from "../ui/Empty";
import { countFilters, type Filters } from "./filters";
import { clearFilters } from "./query";

interface Props {
  filters: Filters;
  isLoading: boolean;
  error: Error | null;
  onRetry: () => void;
}

/** What stands where files would be. */
export function LibraryMessage({ filters, isLoading, error, onRetry }: Props) {
  if (error) {
    return <LoadError error={error} onRetry={onRetry} />;
  }
  if (isLoading) {
    return (
      <div className="asset-skeletons" aria-busy aria-label="Loading">
        {Array.from({ length: 24 }, (_, index) => (
          <span key={index} className="skeleton" />
        ))}
      </div>
    );
  }
  if (countFilters(filters) > 0) {
    return (
      <Empty icon={SearchX} title="No file fits these filters.">
        <Button onClick={() => clearFilters(filters)}>Clear the filters</Button>
      </Empty>
    );
  }
  const texts = {
    new: "Nothing new. What you upload appears here first.",
    approved: "Nothing is approved yet. Review what is new: A approves, S sets aside.",
    set_aside: "Nothing is set aside.",
    trash: "The trash is empty.",
  };
  return (
    <Empty
      icon={filters.state === "trash" ? Trash2 : Images}
      title={filters.state === null ? "Your library is empty. Drop files or folders anywhere." : texts[filters.state]}
    >
      {filters.state === null && (
        <PageLink className="button primary" page="uploads">
          Upload
        </PageLink>
      )}
    </Empty>
  );
}
