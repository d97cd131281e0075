import { runPost } from "./action-post.js";

export { runPost };
