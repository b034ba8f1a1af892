import { Dialog } from "../ui/Dialog";
import { ArtistSearch } from "./ArtistSearch";
import { AuditTrail } from "./AuditTrail";

export default function ModerationDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Moderation" className="wide" onClose={onClose}>
      <ArtistSearch />
      <AuditTrail />
    </Dialog>
  );
}
