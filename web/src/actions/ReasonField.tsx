const MOST_CHARACTERS = 500;

interface Props {
  reason: string;
  onChange: (reason: string) => void;
}

/** A moderator says why: it stands in the audit trail beside what was done. */
export function ReasonField({ reason, onChange }: Props) {
  return (
    <label className="field">
      <span>Reason, for the record</span>
      <textarea
        rows={3}
        dir="auto"
        data-first
        required
        maxLength={MOST_CHARACTERS}
        value={reason}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}
