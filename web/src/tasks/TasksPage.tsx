import { PageBody } from "../ui/PageBody";

export default function TasksPage() {
  return <PageBody title="Tasks">{null}</PageBody>;
}
