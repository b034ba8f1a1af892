import { artSource, stillSource } from "../api/client";
import type { Post } from "../api/schema";
import { Picture } from "../ui/Picture";

interface Props {
  post: Post;
  /** The side of its square place, CSS pixels. */
  box: number;
  alt: string;
}

export function PostPicture({ post, box, alt }: Props) {
  return (
    <Picture
      source={artSource(post)}
      still={stillSource(post)}
      width={post.width}
      height={post.height}
      box={box}
      alt={alt}
      isAnimated={(post.frame_count ?? 1) > 1}
    />
  );
}
