import { PageBody } from "../ui/PageBody";

export default function LibraryPage() {
  return <PageBody title="Library">{null}</PageBody>;
}
