import "./uploads.css";

import { Upload as UploadIcon } from "lucide-react";

import { config } from "../../data/config";
import { purposes } from "../../data/purposes";
import { useOverlay } from "../../platform/address";
import { CardList } from "../../ui/CardList";
import { KeepMounted } from "../../ui/KeepMounted";
import { PageBody } from "../../ui/PageBody";
import { useUploads } from "./api";
import { ChooseButtons } from "./ChooseButtons";
import { UploadCard } from "./UploadCard";
import { UploadReport } from "./UploadReport";

export default function UploadsPage() {
  const [opened, open, close] = useOverlay("upload");
  const { uploads, error, retry } = useUploads();
  const live = uploads?.find(({ id }) => id === opened) ?? null;
  return (
    <KeepMounted by={opened && <UploadReport key={opened} id={opened} live={live} onBack={close} />} onClose={close}>
      <PageBody title="Uploads" actions={uploads && uploads.length > 0 && <ChooseButtons isFirst />}>
        {!config.are_uploads_probed && (
          <p className="muted" role="status">
            Uploads are not being processed right now. Files you send are kept until they are.
          </p>
        )}
        <CardList label="Uploads" items={uploads} error={error} onRetry={retry} empty={<Nothing />}>
          {(upload) => <UploadCard key={upload.id} upload={upload} onOpen={() => open(upload.id)} />}
        </CardList>
      </PageBody>
    </KeepMounted>
  );
}

function Nothing() {
  return (
    <div className="drop-here">
      <UploadIcon aria-hidden />
      <p className="drop-here-title">Drop files or whole folders anywhere</p>
      <p className="muted">
        {purposes.uploads} Pictures, sound and video are shown; everything that belongs to them is kept beside them.
        What you have already is not sent again, and every upload ends in a report that names each file.
      </p>
      <div className="buttons">
        <ChooseButtons isFirst />
      </div>
    </div>
  );
}
