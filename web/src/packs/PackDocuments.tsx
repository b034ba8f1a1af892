import type { PackCheck } from "./schema";

/** What will lie beside the files: as it would be written now. */
export function PackDocuments({ check }: { check: PackCheck | null }) {
  const documents = [
    { name: "README.md", text: check?.readme },
    { name: "LICENSE.txt", text: check?.license_text },
  ];
  return (
    <section className="documents" aria-label="Documents in the pack">
      {documents.map(
        ({ name, text }) =>
          text && (
            <details key={name} className="box">
              <summary>{name}</summary>
              <pre tabIndex={0} aria-label={name}>
                {text}
              </pre>
            </details>
          ),
      )}
    </section>
  );
}
