import { PageBody } from "../ui/PageBody";

export default function PacksPage() {
  return <PageBody title="Packs">{null}</PageBody>;
}
