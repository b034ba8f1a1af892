/** The names above the columns of a list; readers do without, as each cell says what it is. */
export function ListHead({ look, names }: { look: string; names: readonly string[] }) {
  return (
    <div className={look} aria-hidden>
      {names.map((name) => (
        <span key={name}>{name}</span>
      ))}
    </div>
  );
}
