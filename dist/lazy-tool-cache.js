import { HTTPError, downloadTool } from "./tool-cache.js";

export { HTTPError, downloadTool };
