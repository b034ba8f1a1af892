/** Sends one file over tus 1.0 with tus-js-client; the queue decides when and how often. */
import { t } from "@lingui/core/macro";
import { DetailedError, Upload } from "tus-js-client";

import { problemDetail } from "@pmd/client";
import type { SendFault, Transport } from "./sending";

/** Proxies refuse unbounded bodies; chunks of this size cost next to nothing. */
const CHUNK_BYTES = 64 * 1024 * 1024;

/** `headers` are sent with each request and name the viewer, and the page's language. */
export const tusTransport =
  (headers: Record<string, string>): Transport =>
  (item, events) => {
    const upload = new Upload(item.file as File, {
      uploadUrl: item.url,
      headers,
      // memory.ts keeps track of unfinished files, for whole folders.
      storeFingerprintForResuming: false,
      retryDelays: null,
      chunkSize: CHUNK_BYTES,
      onProgress: (sent) => events.onProgress(sent),
      onSuccess: () => events.onSent(),
      onError: (error) => {
        void faultOf(item.file, error).then((fault) => events.onFault(fault));
      },
    });
    upload.start();
    return () => void upload.abort();
  };

function detailIn(body: string): string | null {
  try {
    return problemDetail(JSON.parse(body));
  } catch {
    return null; // a proxy's own error page
  }
}

/** Statuses of tus and the service that are worth a retry: offset conflicts, locks, rate limits, a full disk. */
const PASSING = new Set([408, 409, 423, 425, 429, 460]);

/** Classifies a failed response; `body` is a problem document if the service sent one. */
export function classify(status: number, body: string): SendFault {
  const message = detailIn(body);
  if (status === 0)
    return { kind: "temporary", message: t`The service cannot be reached. The upload resumes by itself.` };
  if (status === 412)
    return { kind: "signed-out", message: t`Another account is signed in now. Nothing is sent from it.` };
  if (status === 401)
    return { kind: "signed-out", message: t`Your session has ended. The upload resumes once you sign in.` };
  if (status >= 500 || PASSING.has(status))
    return { kind: "temporary", message: message ?? t`The service is busy. The upload resumes by itself.` };
  if (status === 404 || status === 410)
    return { kind: "refused", message: message ?? t`This upload is no longer open.` };
  return { kind: "refused", message: message ?? t`The service refused this file with status ${status}.` };
}

async function faultOf(file: Blob, error: Error | DetailedError): Promise<SendFault> {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response && response.getStatus() >= 400) return classify(response.getStatus(), response.getBody());
  // A file that was changed or deleted since looks like a network error; reading a byte of it tells.
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return { kind: "refused", message: t`This file was changed, moved or deleted after it was chosen.` };
  }
  return classify(0, "");
}
