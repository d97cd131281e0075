import { GitLabHost } from "./host-gitlab.js";

export { GitLabHost };
