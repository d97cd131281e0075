import { detectHost } from "./frame.js";

export { detectHost };
