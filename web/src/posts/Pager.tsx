import { ChevronLeft, ChevronRight } from "lucide-react";

import { formatCount } from "../lib/format";

interface Props {
  page: number;
  pages: number;
  pageSize: number;
  rowCount: number;
  onPage: (page: number) => void;
}

/** Pages are landmarks in one long list: a page is as many posts as one download may hold. */
export function Pager({ page, pages, pageSize, rowCount, onPage }: Props) {
  if (rowCount === 0) return null;
  const first = page * pageSize + 1;
  const last = Math.min(rowCount, first + pageSize - 1);
  return (
    <nav className="pager" aria-label="Pages">
      <span className="muted wide-only">
        Posts {formatCount(first)}–{formatCount(last)}
      </span>
      <button
        type="button"
        className="icon-button"
        aria-label="Previous page"
        disabled={page === 0}
        onClick={() => onPage(page - 1)}
      >
        <ChevronLeft aria-hidden />
      </button>
      <select aria-label="Page" value={page} onChange={(event) => onPage(Number(event.target.value))}>
        {Array.from({ length: pages }, (_, index) => (
          <option key={index} value={index}>
            {`Page ${String(index + 1)} of ${pages}`}
          </option>
        ))}
      </select>
      <button
        type="button"
        className="icon-button"
        aria-label="Next page"
        disabled={page >= pages - 1}
        onClick={() => onPage(page + 1)}
      >
        <ChevronRight aria-hidden />
      </button>
    </nav>
  );
}
