import { LocalHost } from "./host-local.js";

export { LocalHost };
