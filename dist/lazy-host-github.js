import { GitHubHost, harmless } from "./host-github.js";

export { GitHubHost };
