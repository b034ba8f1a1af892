import { CircleAlert, Images } from "lucide-react";

import { go, pageHref, setQuery } from "../lib/address";
import { OpenLink } from "../ui/OpenLink";
import { countFilters, type Filters, noFilters, queryOf } from "./filters";

interface Props {
  filters: Filters;
  isLoading: boolean;
  error: Error | null;
  onRetry: () => void;
}

/** What stands where files would be. */
export function LibraryMessage({ filters, isLoading, error, onRetry }: Props) {
  if (error) {
    return (
      <div className="empty" role="alert">
        <CircleAlert aria-hidden />
        <p>{error.message}</p>
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      </div>
    );
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
      <div className="empty">
        <p>No file fits these filters.</p>
        <button
          type="button"
          className="button"
          onClick={() => setQuery(queryOf({ ...noFilters, state: filters.state }))}
        >
          Clear the filters
        </button>
      </div>
    );
  }
  const texts = {
    new: "Nothing new. What you upload appears here first.",
    approved: "Nothing is approved yet. Review what is new: A approves, S sets aside.",
    set_aside: "Nothing is set aside.",
    trash: "The trash is empty.",
  };
  return (
    <div className="empty">
      <Images aria-hidden />
      <p>{filters.state === null ? "Your library is empty. Drop files or folders anywhere." : texts[filters.state]}</p>
      {filters.state === null && (
        <OpenLink className="button primary" href={pageHref("uploads")} onOpen={() => go("uploads")}>
          Upload
        </OpenLink>
      )}
    </div>
  );
}
