/** Uploads go on whichever page is open. */
export default function Background() {
  return null;
}
