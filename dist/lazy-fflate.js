import { Deflate, Gzip } from "./fflate.js";

export { Gzip };
