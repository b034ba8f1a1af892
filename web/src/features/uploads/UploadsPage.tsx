import "./uploads.css";

import { t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { Upload as UploadIcon } from "lucide-react";

import { config } from "../../data/config";
import { StatusNote } from "../../commands/StatusBar";
import { purposes } from "../../data/purposes";
import { useOverlay } from "../../platform/address";
import { MEDIA } from "../../platform/media";
import { LoadError } from "../../ui/Empty";
import { KeepMounted } from "../../ui/KeepMounted";
import { PageBody } from "../../ui/PageBody";
import { useMediaQuery } from "../../ui/useMediaQuery";
import { useUploads } from "./api";
import { ChooseButtons } from "./ChooseButtons";
import { EarlierUploads } from "./EarlierUploads";
import { nameOf, UploadReport, UploadWork } from "./UploadReport";
import { isOpen } from "./uploads";

/** The upload that arrives, or the last one, as a sheet; the others beside it. */
export default function UploadsPage() {
  const [opened, open, close] = useOverlay("upload");
  const { uploads, error, retry } = useUploads();
  const live = uploads?.find(({ id }) => id === opened) ?? null;
  const shown = uploads?.find(isOpen) ?? uploads?.[0] ?? null;
  return (
    <KeepMounted by={opened && <UploadReport key={opened} id={opened} live={live} onBack={close} />} onClose={close}>
      <PageBody
        title={t`Uploads`}
        actions={
          shown && (
            <>
              <span className="muted wide-only">
                <Trans>or drop files anywhere</Trans>
              </span>
              <ChooseButtons />
            </>
          )
        }
      >
        {!config.are_uploads_probed && (
          <p className="muted" role="status">
            <Trans>Uploads are not being processed right now. Files you send are kept until they are.</Trans>
          </p>
        )}
        {error && <LoadError error={error} onRetry={retry} />}
        {uploads?.length === 0 && <Nothing />}
        {shown && uploads && (
          <UploadWork key={shown.id} upload={shown} name={nameOf(shown)}>
            <EarlierUploads uploads={uploads.filter(({ id }) => id !== shown.id)} onOpen={open} />
          </UploadWork>
        )}
        {shown && isOpen(shown) && (
          <StatusNote>
            <Trans>What was sent stays if you close this page; the rest goes on when you are back.</Trans>
          </StatusNote>
        )}
      </PageBody>
    </KeepMounted>
  );
}

function Nothing() {
  const isPhone = useMediaQuery(MEDIA.handheld);
  return (
    <div className="drop-here">
      <UploadIcon aria-hidden />
      <p className="drop-here-title">
        {isPhone ? t`Add pictures and sounds` : t`Drop files or whole folders anywhere`}
      </p>
      <p className="muted">
        <Trans>
          {purposes.uploads} Pictures, sound and video are shown; everything that belongs to them is kept beside them.
          What you have already is not sent again, and every upload ends in a report that names each file.
        </Trans>
      </p>
      <div className="buttons">
        <ChooseButtons isFirst />
      </div>
    </div>
  );
}
