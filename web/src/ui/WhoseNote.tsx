import { config, moderates } from "../api/config";

/** In every question a moderator answers: whose posts it is about. */
export function WhoseNote() {
  if (!moderates) return null;
  return (
    <p className="moderator-note">
      These are the posts of{" "}
      <strong>
        <bdi>@{config.subject.handle}</bdi>
      </strong>
      , not yours.
    </p>
  );
}
