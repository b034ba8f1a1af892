import { PageBody } from "../ui/PageBody";

export default function UploadsPage() {
  return <PageBody title="Uploads">{null}</PageBody>;
}
