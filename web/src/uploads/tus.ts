/** One file over tus 1.0, by tus-js-client; when and how often, the queue decides. */
import { DetailedError, Upload } from "tus-js-client";

import { problemDetail } from "../api/error";
import type { SendFault, Transport } from "./sending";

/** Proxies refuse bodies without an end; chunks of this size cost next to nothing. */
const CHUNK_BYTES = 64 * 1024 * 1024;

/** `headers` go with each request: in whose name the page sends. */
export const tusTransport =
  (headers: Record<string, string>): Transport =>
  (item, events) => {
    const upload = new Upload(item.file as File, {
      uploadUrl: item.url,
      headers,
      // Which files of which upload are unfinished is kept by memory.ts, for whole folders.
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
    return null; // a proxy's own page
  }
}

/** Statuses of tus and of the service that the same request may get past later: offsets, locks, crowds, a full disk. */
const PASSING = new Set([408, 409, 423, 425, 429, 460]);

/** What an answer means for the file; `body` is a problem document where the service gave one. */
export function classify(status: number, body: string): SendFault {
  const message = detailIn(body);
  if (status === 0) return { kind: "passing", message: "The service cannot be reached. It goes on by itself." };
  if (status === 412)
    return { kind: "signed-out", message: "Somebody else is signed in now. Nothing is sent in their name." };
  if (status === 401) return { kind: "signed-out", message: "Your session has ended. It goes on once you sign in." };
  if (status >= 500 || PASSING.has(status))
    return { kind: "passing", message: message ?? "The service cannot take more just now. It goes on by itself." };
  if (status === 404 || status === 410)
    return { kind: "refused", message: message ?? "This upload is no longer open." };
  return { kind: "refused", message: message ?? `The service refused this file with status ${status}.` };
}

async function faultOf(file: Blob, error: Error | DetailedError): Promise<SendFault> {
  const response = error instanceof DetailedError ? error.originalResponse : null;
  if (response && response.getStatus() >= 400) return classify(response.getStatus(), response.getBody());
  // A file that has changed or gone since it was chosen looks like a cut line; asking it for a byte tells.
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    return { kind: "refused", message: "This file was changed, moved or deleted after it was chosen." };
  }
  return classify(0, "");
}
