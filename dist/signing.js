import { CommandError, UserError, messageOf, quote, run, runBytes, signalGroup, start } from "./frame.js";
import { ownedName, ownerOfName, ownerState, tryLock } from "./shared.js";
import { coveredText, stripSignature } from "./deb.js";
import { PayloadCheck, SIGNATURE_TAG, hasPayloadDigest, inParallelByHeader, openRpm, payloadOf, readFrame, replaceSignatures } from "./rpm.js";
import path from "node:path";
import { constants } from "node:fs";
import { access, constants as constants$1, copyFile, lstat, mkdir, open, readFile, readdir, rename, rm, stat, statfs, symlink } from "node:fs/promises";
import { constants as constants$2, createHash, createPrivateKey, privateEncrypt, randomBytes, sign as sign$1 } from "node:crypto";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";

// src/signing/combine.ts
const SIGNATURE = "-----BEGIN PGP SIGNATURE-----\n";
async function clearsignByAll(signers, text) {
	const [first, ...others] = signers;
	const signed = await first.clearsign(text);
	if (others.length === 0) return signed;
	const parts = [signed, ...await inTurn(others, (signer) => signer.clearsign(text))].map((whole) => {
		const at = whole.lastIndexOf(`\n${SIGNATURE}`) + 1;
		return {
			head: whole.slice(0, at),
			armored: whole.slice(at)
		};
	});
	const head = parts[0]?.head ?? "";
	if (head === "" || parts.some((part) => part.head !== head)) throw new Error("two signers wrote different cleartexts");
	return `${head}${(await join(parts.map(({ armored }) => armored))).armored}`;
}
async function detachByAll(signers, data) {
	const [first, ...others] = signers;
	const packets = await first.detach(data);
	if (others.length === 0) return packets;
	return await join([packets, ...await inTurn(others, (signer) => signer.detach(data))].map(({ armored }) => armored));
}
async function inTurn(signers, sign) {
	const results = [];
	for (const signer of signers) results.push(await sign(signer));
	return results;
}
async function join(armored) {
	const openpgp = await import("./lazy-openpgp.js");
	const read = armored.map(async (armoredSignature) => (await openpgp.readSignature({ armoredSignature })).write());
	const binary = Buffer.concat(await Promise.all(read));
	return {
		armored: openpgp.armor(openpgp.enums.armor.signature, binary, void 0, void 0, void 0, true).replaceAll("\r\n", "\n"),
		binary
	};
}

// src/signing/keyring.ts
async function planKeyring({ file, format, signer, next, needed }) {
	const openpgp = await import("./lazy-openpgp.js");
	const published = await readKeyring(openpgp, file);
	const current = new Map(published?.map((key) => [fingerprintOf$2(key), key]));
	const given = [signer, ...next === void 0 ? [] : [next]];
	const own = new Set(given.map(({ key }) => key.fingerprint));
	const kept = [...current].filter(([fingerprint]) => needed.has(fingerprint) && !own.has(fingerprint));
	const handedOut = [];
	for (const { key, publicKey } of given) {
		const copy = await openpgp.readKey({ binaryKey: Uint8Array.from(publicKey.binary) });
		for (const user of copy.users) user.otherCertifications = [];
		const there = current.get(key.fingerprint);
		const merged = await reduce(openpgp, there === void 0 ? copy : await there.update(copy), format);
		handedOut.push({
			fingerprint: key.fingerprint,
			key: merged,
			binary: merged.write()
		});
	}
	for (const [fingerprint, key] of kept) handedOut.push({
		fingerprint,
		key,
		binary: key.write()
	});
	const changes = [];
	for (const { fingerprint, key, binary } of published === void 0 ? [] : handedOut) {
		const there = current.get(fingerprint);
		if (there === void 0) {
			if (fingerprint === next?.key.fingerprint) changes.push(`the next key is handed out: ${fingerprint}`);
			else changes.push(`key added: ${fingerprint}`);
		} else if (!Buffer.from(there.write()).equals(binary)) changes.push(`key renewed: ${fingerprint}, ${await expiryOf(key)}`);
	}
	const retired = [...current.keys()].filter((each) => !handedOut.some(({ fingerprint }) => fingerprint === each));
	changes.push(...retired.map((each) => `key retired, as nothing that is served needs it: ${each}`));
	return {
		keys: pack(openpgp, handedOut.map(({ binary }) => binary), format),
		changes,
		retired
	};
}
async function readKeyring(openpgp, file) {
	const content = await readFile(file).catch((error) => {
		if (error.code === "ENOENT") return void 0;
		throw error;
	});
	if (content === void 0) return void 0;
	return await openpgp.readKeys({ binaryKeys: content }).catch(() => {
		throw new UserError({
			what: "the keyring that is published cannot be read",
			where: file,
			expected: "what the publisher wrote",
			remedy: "put back a copy; a mirror has one"
		});
	});
}
async function reduce(openpgp, key, format) {
	if (format === "deb") return key;
	const copy = await openpgp.readKey({ binaryKey: key.write() });
	copy.subkeys = copy.subkeys.filter(({ revocationSignatures, bindingSignatures }) => {
		const flags = bindingSignatures.map(({ keyFlags }) => keyFlags?.[0] ?? 0);
		return revocationSignatures.length === 0 && flags.some((bits) => (bits & openpgp.enums.keyFlags.signData) !== 0);
	});
	return copy;
}
function pack(openpgp, keys, format) {
	const binary = Buffer.concat(keys);
	return {
		armored: (format === "deb" ? [binary] : keys).map((block) => openpgp.armor(openpgp.enums.armor.publicKey, block, void 0, void 0, void 0, true)).join("").replaceAll("\r\n", "\n"),
		binary
	};
}
async function expiryOf(key) {
	const time = await key.getExpirationTime();
	return time instanceof Date ? `it expires on ${time.toISOString().slice(0, 10)}` : "it does not expire";
}
function fingerprintOf$2(key) {
	return key.getFingerprint().toUpperCase();
}

// src/signing/rpm-copy.ts
const MODE = 420;
const MIN_CLONE_BYTES = 1048576;
const NO_CLONE = /* @__PURE__ */ new Set([
	"ENOTSUP",
	"EOPNOTSUPP",
	"EXDEV",
	"EINVAL",
	"ENOSYS",
	"ENOTTY",
	"EPERM",
	"ENOENT"
]);
var CopyWriter = class {
	#canClone = true;
	async write(request) {
		const { handle, frame, source, signature, target, signal, sha256 } = request;
		const { lead, header, headerRange } = frame;
		const hash = createHash("sha256").update(lead).update(signature).update(header.bytes);
		const original = sha256 === void 0 ? void 0 : createHash("sha256");
		for (const part of [
			lead,
			frame.signature.bytes,
			frame.padding,
			header.bytes
		]) original?.update(part);
		const check = new PayloadCheck(frame, source);
		const isCloned = 96 + signature.length === headerRange.start && frame.size >= MIN_CLONE_BYTES && await this.#clone(handle, target);
		const flags = isCloned ? constants$1.O_WRONLY | constants$1.O_NOFOLLOW : constants$1.O_WRONLY | constants$1.O_CREAT | constants$1.O_EXCL;
		await using out = await open(target, flags, MODE);
		let pending = [];
		if (isCloned) {
			await out.chmod(MODE);
			await writeAll(out, signature, 96);
		} else pending = [
			lead,
			signature,
			header.bytes
		];
		let size = 96 + signature.length + header.bytes.length;
		let position = 0;
		for await (const piece of payloadOf(handle, frame, source)) {
			signal?.throwIfAborted();
			const bytes = pending.length > 0 ? Buffer.concat([...pending, piece]) : piece;
			pending = [];
			const writing = isCloned ? void 0 : writeAll(out, bytes, position);
			hash.update(piece);
			original?.update(piece);
			check.update(piece);
			size += piece.length;
			position += bytes.length;
			await writing;
		}
		check.finish();
		const found = original?.digest("hex");
		if (found !== void 0 && found !== sha256) throw changedRpm(source, `sha256 ${found}`, `sha256 ${sha256}`);
		if (pending.length > 0) await writeAll(out, Buffer.concat(pending), 0);
		return {
			size,
			sha256: hash.digest("hex")
		};
	}
	async #clone(handle, target) {
		if (!this.#canClone) return false;
		try {
			const flags = constants$1.COPYFILE_FICLONE_FORCE | constants$1.COPYFILE_EXCL;
			await copyFile(`/proc/self/fd/${handle.fd}`, target, flags);
			return true;
		} catch (error) {
			if (!NO_CLONE.has(error.code ?? "")) throw error;
			this.#canClone = false;
			return false;
		}
	}
};
function changedRpm(source, found, expected) {
	return new UserError({
		what: "the package changed after it was verified: it is not signed",
		where: source,
		found,
		expected
	});
}
async function writeAll(out, bytes, position) {
	for (let written = 0; written < bytes.length;) {
		const { bytesWritten } = await out.write(bytes, written, bytes.length - written, position + written);
		written += bytesWritten;
	}
}

// src/signing/critical.ts
const NAMES = {
	2: "signature creation time",
	3: "signature expiration time",
	4: "exportable certification",
	5: "trust signature",
	6: "regular expression",
	7: "revocable",
	9: "key expiration time",
	11: "preferred symmetric ciphers",
	12: "revocation key",
	16: "issuer key id",
	20: "notation data",
	21: "preferred hash algorithms",
	22: "preferred compression algorithms",
	23: "key server preferences",
	24: "preferred key server",
	25: "primary user id",
	26: "policy URI",
	27: "key flags",
	28: "signer’s user id",
	29: "reason for revocation",
	30: "features",
	31: "signature target",
	32: "embedded signature",
	33: "issuer fingerprint",
	34: "preferred AEAD ciphers",
	39: "preferred AEAD ciphersuites"
};
function subpacketName(type) {
	return `${NAMES[type] ?? "subpacket"} (${type})`;
}
function criticalSubpackets(key, canSign) {
	const subkeys = key.subkeys.filter(({ bindingSignatures, revocationSignatures }) => revocationSignatures.length === 0 && bindingSignatures.some(canSign));
	const { directSignatures } = key;
	const signatures = [
		...directSignatures,
		...key.users.flatMap((user) => [...user.selfCertifications, ...user.revocationSignatures]),
		...subkeys.flatMap(({ bindingSignatures }) => bindingSignatures)
	];
	return [...new Set(signatures.flatMap(criticalOf))].sort((a, b) => a - b);
}
function criticalOf(signature) {
	const body = Buffer.from(signature.write());
	const found = [];
	for (let at = 4, part = 0; part < 2; part++) {
		const end = at + 2 + body.readUInt16BE(at);
		for (at += 2; at < end;) {
			const { length, size } = lengthAt(body, at);
			const type = body.readUInt8(at + size);
			if ((type & 128) !== 0) found.push(type & 127);
			at += size + length;
		}
	}
	return found;
}
function lengthAt(body, at) {
	const first = body.readUInt8(at);
	if (first < 192) return {
		length: first,
		size: 1
	};
	if (first < 255) return {
		length: (first - 192 << 8) + body.readUInt8(at + 1) + 192,
		size: 2
	};
	return {
		length: body.readUInt32BE(at + 1),
		size: 5
	};
}

// src/signing/key-check.ts
const WHERE$3 = "the signing key";
function hasSecretPart(packet) {
	return "isMissingSecretKeyMaterial" in packet && !packet.isMissingSecretKeyMaterial();
}
const MIN_RSA_BITS = 2048;
const CURVES = /* @__PURE__ */ new Set([
	"ed25519Legacy",
	"nistP256",
	"nistP384",
	"nistP521"
]);
function algorithmName(packet) {
	const { algorithm, bits, curve } = packet.getAlgorithmInfo();
	if (algorithm.startsWith("rsa")) return `RSA ${bits}`;
	if (curve === "ed25519Legacy") return "Ed25519";
	return [algorithm.toUpperCase(), curve ?? bits].filter((part) => part !== void 0).join(" ");
}
async function chooseSigningKey(openpgp, key, now, hasSecret) {
	const lenient = {
		...openpgp.config,
		minRSABits: 0,
		rejectHashAlgorithms: /* @__PURE__ */ new Set(),
		rejectPublicKeyAlgorithms: /* @__PURE__ */ new Set(),
		rejectCurves: /* @__PURE__ */ new Set(),
		allowMissingKeyFlags: true
	};
	const fingerprint = key.getFingerprint().toUpperCase();
	const refuse = (what, found, remedy) => new UserError({
		what,
		where: `${WHERE$3} ${fingerprint}`,
		...found === void 0 ? {} : { found },
		...remedy === void 0 ? {} : { remedy }
	});
	if (key.keyPacket.version !== 4) throw refuse("a key of a version that gpgv cannot use", `version ${key.keyPacket.version}`, "make a key with gpg");
	if (await key.isRevoked(void 0, void 0, now, lenient)) throw refuse("the key is revoked", void 0, "use another key");
	if (key.getCreationTime() > now) throw refuse("the key was made in the future", key.getCreationTime().toISOString(), "set this machine's clock");
	const primaryExpires = expiry(await key.getExpirationTime(void 0, lenient));
	if (primaryExpires !== void 0 && primaryExpires <= now) throw expired(refuse, "the key", primaryExpires);
	checkAlgorithm(key.keyPacket, "the primary key", refuse);
	const primary = await key.getPrimaryUser(now, void 0, lenient).catch((error) => {
		throw refuse("the key has no valid user id", error.message);
	});
	checkDigest(openpgp, primary.selfCertification, "the key's self-signature", refuse);
	const critical = criticalSubpackets(key, (binding) => canSign(openpgp, binding));
	const chosen = (packet, expires) => ({
		packet,
		info: {
			fingerprint,
			signingFingerprint: packet.getFingerprint().toUpperCase(),
			userId: printable(primary.user.userID?.userID ?? ""),
			algorithm: algorithmName(packet),
			primaryAlgorithm: algorithmName(key.keyPacket),
			expires,
			...critical.length === 0 ? {} : { critical }
		}
	});
	const reasons = [];
	const subkeys = key.subkeys.slice().sort((a, b) => b.getCreationTime().getTime() - a.getCreationTime().getTime());
	for (const subkey of subkeys) {
		const packet = subkey.keyPacket;
		const name = `the subkey ${subkey.getFingerprint().toUpperCase()}`;
		const latest = newest(subkey.bindingSignatures);
		if (latest === void 0 || !canSign(openpgp, latest)) continue;
		try {
			if (subkey.revocationSignatures.length > 0) throw refuse(`${name} is revoked`);
			const expires = earlier(expiry(await subkey.getExpirationTime(void 0, lenient)), primaryExpires);
			if (expires !== void 0 && expires <= now) throw expired(refuse, name, expires);
			if (subkey.getCreationTime() > now) throw refuse(`${name} was made in the future`);
			const binding = await subkey.verify(now, lenient).catch((error) => {
				throw refuse(`${name} is not bound to the key`, error.message);
			});
			if (!binding.embeddedSignature) throw refuse(`${name} does not sign back to the key`);
			checkAlgorithm(packet, name, refuse);
			checkDigest(openpgp, binding, `the binding of ${name}`, refuse);
			checkDigest(openpgp, binding.embeddedSignature, `the back-signature of ${name}`, refuse);
			if (!hasSecret(packet)) throw refuse(`the secret part of ${name} is missing`);
			return chosen(packet, expires);
		} catch (error) {
			if (!(error instanceof UserError)) throw error;
			reasons.push(error);
		}
	}
	if (canSign(openpgp, primary.selfCertification)) {
		const packet = key.keyPacket;
		if (hasSecret(packet)) return chosen(packet, primaryExpires);
		reasons.push(refuse("the secret part of the key is missing", "a stub (a key in hardware, or an offline primary key)"));
	}
	throw reasons[0] ?? refuse("the key cannot sign", "no (sub)key with the signing capability", "add one: gpg --quick-add-key FPR rsa4096 sign");
}
function printable(userId) {
	return userId.replace(/[\p{C}\p{Zl}\p{Zp}|`]/gu, " ").replace(/ +/g, " ").trim() || "no user id";
}
function expired(refuse, name, when) {
	return refuse(`${name} has expired`, `expired on ${when.toISOString().slice(0, 10)}`, "extend it (gpg --quick-set-expire) and give the key again, or use another");
}
function checkAlgorithm(packet, name, refuse) {
	const { algorithm, bits, curve } = packet.getAlgorithmInfo();
	const found = algorithmName(packet);
	if (algorithm === "rsaEncryptSign" || algorithm === "rsaSign") {
		if ((bits ?? 0) >= MIN_RSA_BITS) return;
		throw refuse(`${name} is too weak`, found, `use RSA of ${MIN_RSA_BITS} bits or more, or Ed25519`);
	}
	if ((algorithm === "eddsaLegacy" || algorithm === "ecdsa") && curve !== void 0 && CURVES.has(curve)) return;
	throw refuse(`${name} has an algorithm that clients refuse`, found, "use RSA of 2048 bits or more, or Ed25519 (v4)");
}
function checkDigest(openpgp, signature, name, refuse) {
	const { hash } = openpgp.enums;
	const found = {
		[hash.md5]: "MD5",
		[hash.sha1]: "SHA-1",
		[hash.ripemd]: "RIPEMD-160",
		[hash.sha224]: "SHA-224"
	}[signature.hashAlgorithm ?? -1];
	if (found === void 0) return;
	throw refuse(`${name} uses a digest that newer systems refuse`, found, "sign the key anew: gpg --cert-digest-algo SHA512 --quick-set-expire FPR 2y, and the same for its subkeys");
}
function canSign(openpgp, signature) {
	const flags = signature.keyFlags?.[0];
	return flags === void 0 || (flags & openpgp.enums.keyFlags.signData) !== 0;
}
function newest(signatures) {
	return signatures.reduce((best, each) => best === void 0 || (each.created ?? 0) >= (best.created ?? 0) ? each : best, void 0);
}
function expiry(time) {
	return time instanceof Date ? time : void 0;
}
function earlier(a, b) {
	if (a === void 0 || b === void 0) return a ?? b;
	return a < b ? a : b;
}

// src/signing/packet.ts
const sign = promisify(sign$1);
const RSA = 1;
const EDDSA = 22;
const SHA256 = 8;
const BINARY = 0;
const SHA256_INFO = Buffer.from("3031300d060960864801650304020105000420", "hex");
function openPacketSigner(packet) {
	const { algorithm } = packet.getAlgorithmInfo();
	const isRsa = algorithm === "rsaEncryptSign" || algorithm === "rsaSign";
	if (!isRsa && algorithmName(packet) !== "Ed25519") throw unusable(algorithmName(packet));
	const key = isRsa ? rsaKey(packet) : ed25519Key(packet);
	const fingerprint = Buffer.from(packet.getFingerprint(), "hex");
	return async (data, created) => {
		const hashed = hashedPart(isRsa ? 1 : 22, fingerprint, created);
		const trailer = Buffer.concat([
			hashed,
			Buffer.from([4, 255]),
			uint32(hashed.length)
		]);
		let digest;
		let signature;
		if (data instanceof Uint8Array) {
			digest = createHash("sha256").update(data).update(trailer).digest();
			signature = isRsa ? await sign("sha256", Buffer.concat([data, trailer]), key) : await sign(null, digest, key);
		} else {
			digest = (await hashOf(data)).update(trailer).digest();
			signature = isRsa ? signDigest(digest, key) : await sign(null, digest, key);
		}
		const numbers = isRsa ? [signature] : [signature.subarray(0, 32), signature.subarray(32)];
		const issuer = subpacket(16, fingerprint.subarray(-8));
		const body = Buffer.concat([
			hashed,
			uint16(issuer.length),
			issuer,
			digest.subarray(0, 2),
			...numbers.map(mpi)
		]);
		return Buffer.concat([
			Buffer.from([137]),
			uint16(body.length),
			body
		]);
	};
}
function unusable(algorithm) {
	return new UserError({
		what: "a key of an algorithm that rpm cannot verify",
		where: "the signing key",
		found: algorithm,
		expected: "RSA or Ed25519"
	});
}
function hashedPart(algorithm, fingerprint, created) {
	const subpackets = Buffer.concat([subpacket(33, Buffer.concat([Buffer.from([4]), fingerprint])), subpacket(2, uint32(Math.floor(created.getTime() / 1e3)))]);
	return Buffer.concat([
		Buffer.from([
			4,
			BINARY,
			algorithm,
			SHA256
		]),
		uint16(subpackets.length),
		subpackets
	]);
}
function subpacket(type, content) {
	return Buffer.concat([Buffer.from([content.length + 1, type]), content]);
}
function mpi(bytes) {
	const first = bytes.findIndex((byte) => byte !== 0);
	if (first === -1) return uint16(0);
	const number = bytes.subarray(first);
	return Buffer.concat([uint16(number.length * 8 - Math.clz32(number[0] ?? 0) + 24), number]);
}
function uint16(value) {
	const bytes = Buffer.alloc(2);
	bytes.writeUInt16BE(value);
	return bytes;
}
function uint32(value) {
	const bytes = Buffer.alloc(4);
	bytes.writeUInt32BE(value);
	return bytes;
}
async function hashOf(data) {
	const hash = createHash("sha256");
	for await (const piece of data) hash.update(piece);
	return hash;
}
function signDigest(digest, key) {
	return privateEncrypt({
		key,
		padding: constants$2.RSA_PKCS1_PADDING
	}, Buffer.concat([SHA256_INFO, digest]));
}
function rsaKey(packet) {
	const { n, e } = packet.publicParams;
	const { d, p, q, u } = packet.privateParams;
	const modulo = (prime) => {
		const digits = (toInteger(d) % (toInteger(prime) - 1n)).toString(16);
		return Buffer.from(digits.padStart(digits.length + digits.length % 2, "0"), "hex");
	};
	return createPrivateKey({
		format: "jwk",
		key: {
			kty: "RSA",
			n: base64url(n),
			e: base64url(e),
			d: base64url(d),
			p: base64url(q),
			q: base64url(p),
			dp: base64url(modulo(q)),
			dq: base64url(modulo(p)),
			qi: base64url(u)
		}
	});
}
function ed25519Key(packet) {
	const { Q } = packet.publicParams;
	const { seed } = packet.privateParams;
	const padded = Buffer.concat([Buffer.alloc(32), seed]).subarray(-32);
	return createPrivateKey({
		format: "jwk",
		key: {
			kty: "OKP",
			crv: "Ed25519",
			d: base64url(padded),
			x: base64url(Q.subarray(1))
		}
	});
}
function toInteger(bytes) {
	return BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}
function base64url(bytes) {
	return Buffer.from(bytes).toString("base64url");
}
const DSA = 17;
const SHA2 = /* @__PURE__ */ new Set([
	8,
	9,
	10
]);
function packetAlgorithm(packet) {
	const [version, type, algorithm, digest] = packetBody(Buffer.from(packet.buffer, packet.byteOffset, packet.length)) ?? [];
	const wrong = (found) => new UserError({
		what: "not a signature that rpm can verify",
		where: "the signing key",
		found
	});
	if (version === void 0 || type === void 0 || algorithm === void 0 || digest === void 0) throw wrong("something that is not one signature packet");
	if (version !== 4 || type !== BINARY) throw wrong(`a signature of version ${version} and type ${type}`);
	if (!SHA2.has(digest)) throw wrong(`the digest algorithm ${digest}`);
	if (algorithm !== 1 && algorithm !== 22 && algorithm !== DSA) throw unusable(`OpenPGP algorithm ${algorithm}`);
	return algorithm;
}
function packetBody(bytes) {
	const [first = 0, second = 0] = bytes;
	if (first >> 2 === 34 && bytes.length > 5) {
		const size = [
			1,
			2,
			4
		][first & 3];
		if (size === void 0) return void 0;
		return exactly(bytes.subarray(1 + size), bytes.readUIntBE(1, size));
	}
	if (first !== 194) return void 0;
	if (second < 192) return exactly(bytes.subarray(2), second);
	if (second < 224 && bytes.length > 3) return exactly(bytes.subarray(3), (second - 192 << 8) + bytes.readUInt8(2) + 192);
	if (second !== 255 || bytes.length < 7) return void 0;
	return exactly(bytes.subarray(6), bytes.readUInt32BE(2));
}
function exactly(body, length) {
	return body.length === length ? body : void 0;
}

// src/signing/rpm.ts
const IN_FLIGHT = 16;
async function signRpms(jobs, signer, options = {}) {
	const { signal, onSigned } = options;
	if (new Set(jobs.map(({ target }) => path.resolve(target))).size !== jobs.length) throw new Error("two packages would be signed into one file");
	const writer = new CopyWriter();
	const temporaries = /* @__PURE__ */ new Map();
	let done = 0;
	try {
		const fileOf = ({ source, expected }) => ({
			path: source,
			size: expected?.size
		});
		const signed = await inParallelByHeader(jobs, IN_FLIGHT, fileOf, async (job) => {
			signal?.throwIfAborted();
			const temporary = path.join(path.dirname(job.target), `.signing-${randomBytes(8).toString("hex")}`);
			temporaries.set(job, temporary);
			const copy = await signOne(job, temporary, {
				signer,
				writer,
				signal
			});
			done += 1;
			onSigned?.(done, jobs.length);
			return {
				file: job.target,
				...copy
			};
		});
		signal?.throwIfAborted();
		for (const [{ target }, temporary] of temporaries) await rename(temporary, target);
		return signed;
	} catch (error) {
		await Promise.all([...temporaries.values()].map((file) => rm(file, { force: true })));
		throw error;
	}
}
async function signOne({ source, expected }, target, { signer, writer, signal }) {
	await using handle = await openRpm(source);
	const frame = await readFrame(handle, source);
	if (expected !== void 0 && frame.headerDigest !== expected.headerDigest) throw changedRpm(source, `the header ${frame.headerDigest}`, expected.headerDigest);
	if (expected !== void 0 && frame.size !== expected.size) throw changedRpm(source, `${frame.size} bytes`, `${expected.size} bytes`);
	const signatures = [signatureOf(await signer.signPacket(frame.header.bytes), "header")];
	if (!hasPayloadDigest(frame)) {
		const packet = await signer.signPacket(headerAndPayload(frame, payloadOf(handle, frame, source), signal));
		signatures.push(signatureOf(packet, "all"));
	}
	const signature = replaceSignatures(frame.signature, signatures, source);
	return await writer.write({
		handle,
		frame,
		source,
		signature,
		target,
		signal,
		sha256: expected?.sha256
	});
}
async function* headerAndPayload(frame, payload, signal) {
	yield frame.header.bytes;
	for await (const piece of payload) {
		signal?.throwIfAborted();
		yield piece;
	}
}
function signatureOf(packet, covers) {
	const isRsa = packetAlgorithm(packet) === 1;
	if (covers === "header") return {
		tag: isRsa ? SIGNATURE_TAG.rsa : SIGNATURE_TAG.dsa,
		packet
	};
	return {
		tag: isRsa ? SIGNATURE_TAG.pgp : SIGNATURE_TAG.gpg,
		packet
	};
}

// src/signing/key-advice.ts
const DAY = 864e5;
const WARN_DAYS = 30;
const GOOD_RSA_BITS = 3072;
const RSA_2048_UNTIL = "2030-02-01";
const GPGV_1 = /^(?:debian-[78]|ubuntu-1[246]\.04|wheezy|jessie|precise|trusty|xenial)$/;
const RPM_4_11 = /^(?:almalinux|centos|el|epel|oraclelinux|ol|rhel|rocky|scientific|sl)-?[67]$/;
const RPM_4_14 = /^(?:almalinux|centos|centos-stream|el|epel|oraclelinux|ol|rhel|rocky)-?8$/;
const RPM_KNOWS = /* @__PURE__ */ new Set([
	2,
	16,
	27
]);
const KEY_EXPIRATION = 9;
function signsWithSubkey({ fingerprint, signingFingerprint }) {
	return fingerprint !== signingFingerprint;
}
function howToExtend({ fingerprint, signingFingerprint }) {
	return `extend it (gpg --quick-set-expire ${fingerprint} 2y${fingerprint === signingFingerprint ? "" : ` && gpg --quick-set-expire ${fingerprint} 2y '*'`}) and give the key again, or hand out the next key (next-signing-key)`;
}
function howToUnmark({ fingerprint }, unknown) {
	if (unknown.some((type) => type !== KEY_EXPIRATION)) return "make a key with gpg (gpg --quick-gen-key NAME rsa4096 cert,sign 3y) and hand it out as the next key (next-signing-key)";
	return `import it into gpg, extend it there (gpg --quick-set-expire ${fingerprint} 2y, and the same with '*' for its subkeys), and give what gpg --armor --export-secret-keys ${fingerprint} prints`;
}
function expiryWarnings(info, now) {
	const { fingerprint, expires } = info;
	if (expires === void 0) return [];
	const days = (expires.getTime() - now.getTime()) / DAY;
	if (days >= WARN_DAYS) return [];
	return [`the signing key ${fingerprint} expires on ${dateOf(expires)}, in ${Math.floor(days)} days: clients will refuse the repository from then on; ${howToExtend(info)}`];
}
function algorithmWarnings({ fingerprint, primaryAlgorithm, algorithm }) {
	const short = [primaryAlgorithm, algorithm].find((name) => (rsaBits(name) ?? GOOD_RSA_BITS) < GOOD_RSA_BITS);
	if (short === void 0) return [];
	return [`the signing key ${fingerprint} is ${short}, which newer apt refuses from ${RSA_2048_UNTIL} on; make the next key with 3072 bits or more (next-signing-key)`];
}
function keyWarnings(info, now) {
	const { fingerprint, expires } = info;
	const forever = `the signing key ${fingerprint} never expires, so clients trust it for ever, even when it is lost; set a time that you renew (gpg --quick-set-expire ${fingerprint} 2y)`;
	return [
		...expiryWarnings(info, now),
		...expires === void 0 ? [forever] : [],
		...algorithmWarnings(info)
	];
}
function validityWarnings({ fingerprint, expires }, validUntil) {
	if (expires === void 0 || validUntil === void 0 || expires >= validUntil) return [];
	return [`the Release file is valid until ${dateOf(validUntil)}, but the signing key ${fingerprint} only until ${dateOf(expires)}: clients will refuse it from then on`];
}
function checkKeyFor(info, { format, targets }) {
	const algorithms = [info.primaryAlgorithm, info.algorithm];
	const curve = algorithms.find((name) => rsaBits(name) === void 0);
	const refuse = (what, found, remedy) => new UserError({
		what,
		where: `the signing key ${info.fingerprint}`,
		found,
		remedy
	});
	if (format === "deb") {
		const old = targets.find((name) => GPGV_1.test(name));
		if (curve === void 0 || old === void 0) return [];
		throw refuse(`apt of ${old} cannot verify the key`, curve, "use RSA: its gpgv knows no elliptic curves");
	}
	const ecdsa = algorithms.find((name) => name.startsWith("ECDSA"));
	if (ecdsa !== void 0) throw refuse("a key of an algorithm that rpm cannot verify", ecdsa, "use RSA, or Ed25519 for EL 9 and later");
	const unknown = (info.critical ?? []).filter((type) => !RPM_KNOWS.has(type));
	if (unknown.length > 0) throw refuse("a key that rpm 4.18 does not import: parts of it are marked as critical, and rpm does not know them", unknown.map(subpacketName).join(", "), howToUnmark(info, unknown));
	const old = targets.find((name) => RPM_4_11.test(name));
	if (old !== void 0 && curve !== void 0) throw refuse(`rpm of ${old} cannot verify the key`, curve, "use RSA: it knows no elliptic curves");
	if (old !== void 0 && signsWithSubkey(info)) throw refuse(`rpm of ${old} cannot verify what a subkey signs`, `the subkey ${info.signingFingerprint}`, "use a key whose primary key signs: gpg --quick-gen-key NAME rsa4096 cert,sign 3y");
	const some = targets.find((name) => RPM_4_14.test(name));
	return [...some !== void 0 && curve !== void 0 ? [`rpm of ${some} (4.14) knows ${curve} only where an update brought it: RSA is right everywhere`] : [], ...targets.length === 0 && signsWithSubkey(info) ? [`a subkey signs (${info.signingFingerprint}): rpm before 4.13, as EL 7 has it, cannot verify the packages`] : []];
}
function whoVerifies(info, format) {
	const isRsa = [info.primaryAlgorithm, info.algorithm].every((name) => rsaBits(name) !== void 0);
	if (format === "deb") return isRsa ? "every apt" : "apt of Debian 9, Ubuntu 18.04 and later, and with gpgv 2.1 or Sequoia";
	if (!isRsa) return "rpm 4.16 and later (EL 9, Fedora); of EL 8 at most with its updates";
	return signsWithSubkey(info) ? "rpm 4.13 and later (EL 8)" : "every rpm";
}
function rsaBits(algorithm) {
	const [, bits] = /^RSA (\d+)$/.exec(algorithm) ?? [];
	return bits === void 0 ? void 0 : Number(bits);
}
function dateOf(date) {
	return date.toISOString().slice(0, 10);
}

// src/signing/signer.ts
function describeKey(key) {
	const expires = key.expires === void 0 ? "never expires" : `expires ${key.expires.toISOString().slice(0, 10)}`;
	return `${key.userId}, ${key.algorithm}, ${expires}, fingerprint ${key.fingerprint}`;
}
function normalFingerprint(text) {
	const digits = text.replace(/\s/g, "").replace(/^0x/i, "").toUpperCase();
	return /^[0-9A-F]{40}$/.test(digits) ? digits : void 0;
}

// src/signing/key-text.ts
const WHERE$2 = "the signing key";
const BLOCK$1 = /-----BEGIN PGP ([A-Z ]+)-----\r?\n[\s\S]*?-----END PGP \1-----/g;
function readKeyText(text) {
	const trimmed = text.trim();
	if (trimmed.includes("-----BEGIN PGP ")) return armored(trimmed);
	const bytes = fromBase64(trimmed);
	if (bytes === void 0) throw new UserError({
		what: "not an OpenPGP private key",
		where: WHERE$2,
		found: trimmed === "" ? "nothing" : `${trimmed.length} characters that are neither armor nor base64`,
		expected: "what gpg --armor --export-secret-keys prints, as it is or in base64"
	});
	const inner = bytes.toString("latin1");
	return inner.includes("-----BEGIN PGP ") ? armored(inner.trim()) : {
		kind: "binary",
		bytes
	};
}
function armored(text) {
	const blocks = [...(text.includes("\n") ? text : text.replaceAll("\\r", "").replaceAll("\\n", "\n")).matchAll(BLOCK$1)].map(([block, type]) => ({
		block,
		type
	}));
	const keys = blocks.filter(({ type }) => type === "PRIVATE KEY BLOCK").map(({ block }) => block);
	if (keys.length > 0) return {
		kind: "armored",
		blocks: keys
	};
	if (blocks.some(({ type }) => type === "PUBLIC KEY BLOCK")) throw new UserError({
		what: "a public key was given, which cannot sign",
		where: WHERE$2,
		expected: "what gpg --armor --export-secret-keys prints"
	});
	throw new UserError({
		what: "the armor of the key is damaged",
		where: WHERE$2,
		found: blocks.length > 0 ? `a block of the type ${blocks[0]?.type}` : "a first line without its lines or its end",
		expected: "all lines of the armor, each on a line of its own, or the armor in base64"
	});
}
function fromBase64(text) {
	const compact = text.replace(/\s/g, "");
	if (compact.length < 64 || compact.length % 4 === 1 || !/^[A-Za-z0-9+/]+={0,2}$/.test(compact)) return void 0;
	return Buffer.from(compact, "base64");
}

// src/signing/inspect.ts
async function inspectPrivateKeys(secret, now) {
	const openpgp = await import("./lazy-openpgp.js");
	const text = readKeyText(secret.reveal());
	const read = async () => text.kind === "binary" ? await openpgp.readPrivateKeys({ binaryKeys: text.bytes }) : (await Promise.all(text.blocks.map((armoredKeys) => openpgp.readPrivateKeys({ armoredKeys })))).flat();
	const keys = await read().catch(() => {
		throw new UserError({
			what: "not an OpenPGP private key",
			where: "the signing key"
		});
	});
	return await Promise.all(keys.map((key) => inspect(openpgp, key, now, hasSecretPart)));
}
async function inspectPublicKeys(content, where, now) {
	const openpgp = await import("./lazy-openpgp.js");
	return await inspectKeys(openpgp, await publicKeysOf(openpgp, content, where), now);
}
const BLOCK = /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n[\s\S]*?-----END PGP PUBLIC KEY BLOCK-----/g;
async function publicKeysOf(openpgp, content, where) {
	const refuse = (found) => new UserError({
		what: "not an OpenPGP public key",
		where,
		...found === void 0 ? {} : { found },
		expected: "an armored or binary public key"
	});
	const text = Buffer.from(content).toString("latin1");
	const isArmored = text.includes("-----BEGIN PGP ");
	const blocks = text.match(BLOCK) ?? [];
	if (text.includes("-----BEGIN PGP PRIVATE KEY BLOCK-----")) throw refuse("a private key");
	if (isArmored && blocks.length === 0) throw refuse();
	const parts = isArmored ? blocks.map((armoredKeys) => openpgp.readKeys({ armoredKeys })) : [openpgp.readKeys({ binaryKeys: Uint8Array.from(content) })];
	const keys = (await Promise.all(parts).catch(() => Promise.reject(refuse()))).flat();
	if (keys.some((key) => key.isPrivate())) throw refuse("a private key");
	return keys;
}
async function inspectKeys(openpgp, keys, now) {
	const any = (packet) => packet !== void 0;
	return await Promise.all(keys.map((key) => inspect(openpgp, key, now, any)));
}
async function inspect(openpgp, key, now, hasSecret) {
	const fingerprint = normalFingerprint(key.getFingerprint()) ?? key.getFingerprint();
	try {
		const { info } = await chooseSigningKey(openpgp, key, now, hasSecret);
		return {
			fingerprint,
			key: info
		};
	} catch (error) {
		if (!(error instanceof UserError)) throw error;
		return {
			fingerprint,
			error
		};
	}
}

// src/signing/allowed-signers.ts
const SKEW = 3e5;
const EXPECTED = "files with OpenPGP public keys, armored or binary";
var AllowedSigners = class AllowedSigners {
	fingerprints;
	#openpgp;
	#keys;
	#now;
	constructor(openpgp, keys, now) {
		this.#openpgp = openpgp;
		this.#keys = keys;
		this.#now = now;
		this.fingerprints = [...new Set(keys.map(fingerprintOf$1))].sort();
	}
	static async read(files, now, where) {
		const openpgp = await import("./lazy-openpgp.js");
		const keys = [];
		for (const file of files) {
			const content = await readFile(file).catch((error) => {
				const found = `${error.code ?? "an error"} for ${quote(file)}`;
				throw new UserError({
					what: "the keys cannot be read",
					where,
					found,
					expected: EXPECTED
				});
			});
			keys.push(...await publicKeysOf(openpgp, content, `${where} ${quote(file)}`));
		}
		const unusable = (await inspectKeys(openpgp, keys, now)).flatMap((each) => "error" in each ? [each.error] : []);
		if (keys.length === 0 || unusable.length === keys.length) throw new UserError({
			what: "no key that may sign builds",
			where,
			found: unusable[0]?.message ?? "no key",
			expected: EXPECTED
		});
		return new AllowedSigners(openpgp, keys, now);
	}
	async verifyText(text, where) {
		const inner = stripSignature(text, where);
		if (inner === text) throw this.#refuse("the file is not signed", where, "no OpenPGP signature");
		let message;
		try {
			message = await this.#openpgp.readCleartextMessage({ cleartextMessage: text });
		} catch (error) {
			throw this.#refuse("the signature cannot be read", where, quote(messageOf(error), 200));
		}
		if (coveredText(message.getText()) !== coveredText(inner)) throw this.#refuse("a signed text in a form that is not clear", where, "a text that readers do not agree on");
		const { signatures } = await this.#openpgp.verify({
			message,
			...this.#options()
		});
		return await this.#judge(signatures, this.#openpgp.enums.signature.text, where);
	}
	async verifyPackets(packets, data, where) {
		const good = [];
		for (const packet of packets) good.push(...await this.#verifyPacket(packet, data, where));
		if (good.length === 0) throw this.#refuse("the package is not signed", where, "no OpenPGP signature");
		return good;
	}
	async #verifyPacket(packet, data, where) {
		let signature;
		try {
			signature = await this.#openpgp.readSignature({ binarySignature: Uint8Array.from(packet) });
		} catch (error) {
			throw this.#refuse("the signature cannot be read", where, quote(messageOf(error), 200));
		}
		const options = {
			signature,
			format: "binary",
			...this.#options()
		};
		const { binary } = this.#openpgp.enums.signature;
		if (data instanceof Uint8Array) {
			const message = await this.#openpgp.createMessage({ binary: data });
			const { signatures } = await this.#openpgp.verify({
				message,
				...options
			});
			return await this.#judge(signatures, binary, where);
		}
		const stream = ReadableStream.from(data());
		const message = await this.#openpgp.createMessage({ binary: stream });
		const result = await this.#openpgp.verify({
			message,
			...options
		});
		const reader = result.data.getReader();
		while (!(await reader.read()).done);
		return await this.#judge(result.signatures, binary, where);
	}
	#options() {
		return {
			verificationKeys: this.#keys,
			date: new Date(this.#now.getTime() + SKEW),
			config: { allowInsecureVerificationWithReformattedKeys: true }
		};
	}
	async #judge(results, type, where) {
		const good = [];
		const strangers = [];
		for (const { verified, signature } of results) {
			const [packet] = (await signature).packets;
			if (packet === void 0) continue;
			const key = this.#keys.find((each) => each.getKeys(packet.issuerKeyID).length > 0);
			const signer = issuerOf(packet);
			if (key === void 0) {
				strangers.push(signer);
				continue;
			}
			try {
				if (packet.signatureType !== type) throw new Error(`a signature of the type ${packet.signatureType}`);
				await verified;
				await key.getSigningKey(packet.issuerKeyID, this.#now);
			} catch (error) {
				throw this.#refuse("a signature that is not good", where, `${signer}: ${quote(messageOf(error), 200)}`);
			}
			const user = await key.getPrimaryUser(this.#now);
			good.push({
				fingerprint: fingerprintOf$1(key),
				userId: user.user.userID?.userID ?? ""
			});
		}
		if (good.length > 0) return good;
		throw this.#refuse("signed by a key that may not sign builds", where, strangers.join(", ") || "no signature that can be used");
	}
	#refuse(what, where, found) {
		return new UserError({
			what,
			where,
			found,
			expected: `a signature by ${this.fingerprints.join(" or ")}`,
			remedy: "sign the build with such a key, or add the key of who signed it to allowed-signers"
		});
	}
};
function issuerOf({ issuerFingerprint, issuerKeyID }) {
	return (issuerFingerprint ? Buffer.from(issuerFingerprint).toString("hex") : issuerKeyID.toHex()).toUpperCase();
}
function fingerprintOf$1(key) {
	return key.getFingerprint().toUpperCase();
}

// src/signing/gpg-home.ts
const PREFIX = "pkg-actions-gpg-";
const NEW_PREFIX = "pkg-actions-new-gpg-";
const PLACES = ["/dev/shm", "/run"];
const MEMORY = /* @__PURE__ */ new Set([16914836, 2240043254]);
const PRIVATE_AGENT = [
	"--no-options",
	"--s2k-count",
	"65536"
];
const CACHE_SECONDS = "86400";
async function makePrivateHome(options) {
	const { agent, memory } = options;
	const place = await memoryFolder(memory === void 0 ? PLACES : [memory]);
	await removeDeadHomes([place]);
	await using stack = new AsyncDisposableStack();
	const begun = path.join(place, ownedName(NEW_PREFIX));
	const folder = path.join(place, `${PREFIX}${randomBytes(5).toString("hex")}`);
	await mkdir(begun, { mode: 448 });
	stack.defer(async () => {
		await rm(begun, {
			recursive: true,
			force: true
		});
		await removeHome(folder);
	});
	const lock = await tryLock(begun, {
		mode: "exclusive",
		waitSeconds: 0,
		what: "the GnuPG home"
	});
	if (lock === void 0) throw new Error(`another process locked the new folder ${begun}`);
	stack.use(lock);
	await rename(begun, folder);
	if (agent === void 0) stack.use(await startAgent(folder, PRIVATE_AGENT));
	else await linkAgent(folder, agent);
	const parts = stack.move();
	return {
		folder,
		[Symbol.asyncDispose]: async () => await parts.disposeAsync()
	};
}
async function useHome(folder) {
	const where = folder;
	const found = await stat(folder).catch(() => void 0);
	if (found === void 0 || !found.isDirectory()) throw new UserError({
		what: "no GnuPG home",
		where,
		found: found ? "no folder" : "nothing",
		expected: "a folder"
	});
	if (found.uid !== process.getuid?.()) throw new UserError({
		what: "a GnuPG home of another user",
		where,
		found: `the user id ${found.uid}`
	});
	await using stack = new AsyncDisposableStack();
	if (!await isRunning(folder, ["--keyboxd"])) stack.defer(async () => await killDaemons(folder, "keyboxd"));
	if (!await isRunning(folder, [])) stack.use(await startAgent(folder, []));
	const parts = stack.move();
	return {
		folder,
		[Symbol.asyncDispose]: async () => await parts.disposeAsync()
	};
}
async function memoryFolder(places) {
	for (const place of places) {
		const type = await statfs(place).then((found) => found.type, () => void 0);
		const isWritable = await access(place, constants.W_OK | constants.X_OK).then(() => true, () => false);
		if (type !== void 0 && MEMORY.has(type) && isWritable) return place;
	}
	throw new UserError({
		what: "no file system in memory for the private GnuPG home",
		where: places.join(" or "),
		expected: "a writable tmpfs",
		remedy: "mount one at /dev/shm, or name a GnuPG home that has the key"
	});
}
async function removeDeadHomes(places = PLACES, dryRun = false) {
	const dead = [];
	for (const place of places) for (const name of await readdir(place).catch(() => [])) {
		if (!name.startsWith(PREFIX) && !name.startsWith(NEW_PREFIX)) continue;
		const folder = path.join(place, name);
		const found = await lstat(folder).catch(() => void 0);
		if (!found?.isDirectory() || found.uid !== process.getuid?.()) continue;
		if (name.startsWith(NEW_PREFIX)) {
			const owner = ownerOfName(name);
			if (owner === void 0 || await ownerState(owner) !== "dead") continue;
			if (!dryRun) await rm(folder, {
				recursive: true,
				force: true
			});
			dead.push(folder);
			continue;
		}
		const lock = await tryLock(folder, {
			mode: "exclusive",
			waitSeconds: 0,
			what: folder
		}).catch(() => void 0);
		if (lock === void 0) continue;
		try {
			if (!dryRun) await removeHome(folder);
			dead.push(folder);
		} finally {
			await lock.release();
		}
	}
	return dead;
}
async function removeHome(folder) {
	const socket = await agentSocket(folder).catch(() => void 0);
	if (socket !== void 0 && (await lstat(socket).catch(() => void 0))?.isSymbolicLink()) await rm(socket, { force: true });
	await killDaemons(folder);
	await run([
		"gpgconf",
		"--homedir",
		folder,
		"--remove-socketdir"
	], { okExitCodes: "any" });
	await rm(folder, {
		recursive: true,
		force: true
	});
}
async function killDaemons(folder, which = "all") {
	await run([
		"gpgconf",
		"--homedir",
		folder,
		"--kill",
		which
	], {
		okExitCodes: "any",
		timeoutSeconds: 20
	}).catch(() => void 0);
}
async function isRunning(folder, which) {
	const argv = [
		"gpg-connect-agent",
		"--homedir",
		folder,
		"--no-autostart",
		...which,
		"/bye"
	];
	const { exitCode, stderr } = await run(argv, {
		okExitCodes: "any",
		timeoutSeconds: 20
	});
	return exitCode === 0 && !/^gpg-connect-agent: (?:no |can't connect)/m.test(stderr);
}
async function startAgent(folder, options) {
	const child = start([
		"gpg-agent",
		"--homedir",
		folder,
		...options,
		...[
			"--quiet",
			"--allow-loopback-pinentry",
			"--default-cache-ttl",
			CACHE_SECONDS,
			"--max-cache-ttl",
			CACHE_SECONDS
		],
		...[
			"--daemon",
			"--",
			"sh",
			"-c",
			"echo ready && exec cat >/dev/null"
		]
	], { env: gpgEnvironment(folder) });
	const exited = new Promise((resolve) => {
		child.once("close", (code) => resolve(`exit code ${code}`));
		child.once("error", (error) => resolve(error.message));
	});
	let errors = "";
	child.stderr.setEncoding("utf8").on("data", (text) => {
		errors += text;
	});
	child.stdin.on("error", () => {});
	const ready = new Promise((resolve) => child.stdout.once("data", () => resolve(true)));
	const outcome = await Promise.race([ready, exited]);
	if (outcome !== true) throw new UserError({
		what: "gpg-agent does not start",
		where: folder,
		found: errors.trim() || outcome
	});
	child.stderr.destroy();
	child.unref();
	for (const stream of [child.stdin, child.stdout]) stream.unref?.();
	return { [Symbol.asyncDispose]: async () => await endAgent(child, folder) };
}
async function endAgent(child, folder) {
	await killDaemons(folder, "gpg-agent");
	child.ref();
	const closed = new Promise((resolve) => {
		if (child.exitCode !== null || child.signalCode !== null) resolve();
		else child.once("exit", () => resolve());
	});
	child.stdin?.end();
	const timer = setTimeout(() => signalGroup(child, "SIGKILL"), 5e3);
	await closed;
	clearTimeout(timer);
}
async function linkAgent(folder, agent) {
	const found = await stat(agent).catch(() => void 0);
	if (!found?.isSocket()) throw new UserError({
		what: "no socket of an agent",
		where: agent,
		found: found ? "another kind of file" : "nothing",
		expected: "what gpgconf --list-dirs agent-socket prints"
	});
	await symlink(path.resolve(agent), await agentSocket(folder));
}
async function agentSocket(folder) {
	const { stdout } = await run([
		"gpgconf",
		"--homedir",
		folder,
		"--list-dirs",
		"agent-socket"
	]);
	return stdout.trim();
}
function gpgEnvironment(folder) {
	return {
		GNUPGHOME: folder,
		GPG_TTY: void 0,
		DISPLAY: void 0
	};
}

// src/signing/gpg-error.ts
const WHERE$1 = "the signing key of gpg";
const CAUSES = [
	[
		/bad passphrase|bad pin|wrong pin/i,
		"the passphrase or PIN does not open the key",
		void 0
	],
	[
		/pin blocked|pin is blocked/i,
		"the PIN of the card is blocked after wrong attempts",
		"unblock it with gpg --change-pin"
	],
	[
		/no pinentry|pinentry|operation cancelled|inappropriate ioctl|no passphrase given|invalid ipc response/i,
		"the agent asks for a passphrase, a PIN or a card, and nobody can answer",
		"give the passphrase or PIN (signing-key-passphrase); where a card has the key, look for it with gpg --card-status"
	],
	[
		/card removed|card not present|no such device|operation not supported by device|selecting card failed|no card|please insert/i,
		"the card with the key is not there",
		"insert it, and check it with gpg --card-status"
	],
	[
		/no smartcard daemon/i,
		"GnuPG's daemon for cards is not installed",
		"apt-get install scdaemon"
	],
	[
		/no secret key|secret key not available/i,
		"gpg has no secret key of this fingerprint",
		void 0
	],
	[
		/key has expired|key expired/i,
		"the key has expired",
		"extend it (gpg --quick-set-expire)"
	],
	[
		/unusable secret key|key has been revoked/i,
		"gpg cannot use the key to sign",
		"look at it with gpg --list-secret-keys"
	],
	[
		/no gpg-agent running|no agent running|can't connect to the agent|connecting to the agent failed/i,
		"the agent does not answer",
		void 0
	],
	[
		/no valid openpgp data|no valid user ids/i,
		"not an OpenPGP key",
		void 0
	],
	[
		/permission denied/i,
		"gpg may not use the key",
		"check the owner and the modes of the GnuPG home"
	]
];
function explainGpg(error, what) {
	if (!(error instanceof CommandError) || ["cancelled", "signal"].includes(error.failure.end)) return error;
	const { stderr } = error.failure;
	const found = stderr.split("\n").filter((line) => line.startsWith("gpg: ") && !/^gpg: Note|^gpg: WARNING/.test(line)).slice(0, 3).map((line) => line.slice(5)).join("; ") || error.message;
	const cause = CAUSES.find(([pattern]) => pattern.test(stderr));
	const remedy = cause?.[2];
	return new UserError({
		what: cause?.[1] ?? what,
		where: WHERE$1,
		found,
		...remedy === void 0 ? {} : { remedy }
	}, { cause: error });
}

// src/signing/gpg.ts
const LIMIT_SECONDS = 120;
async function openGpgSigner(options) {
	const { home, key, agentSocket, publicKey, signal } = options;
	const fingerprint = normalFingerprint(options.fingerprint);
	if (fingerprint === void 0) throw new UserError({
		what: "not a fingerprint",
		where: "the fingerprint of the signing key",
		expected: "40 hexadecimal digits, as gpg --fingerprint prints them"
	});
	if ([
		home,
		key,
		agentSocket
	].filter((way) => way !== void 0).length !== 1 || agentSocket === void 0 !== (publicKey === void 0)) throw new UserError({
		what: "not exactly one way to the key was given",
		where: "the signing key of gpg",
		expected: "a GnuPG home, or a private key, or the socket of an agent with the public key"
	});
	await using stack = new AsyncDisposableStack();
	const opened = stack.use(home === void 0 ? await makePrivateHome({
		agent: agentSocket,
		memory: options.memory
	}) : await useHome(home));
	const gpg = new Gpg(opened, options.passphrase, signal);
	if (key !== void 0) {
		const text = readKeyText(key.reveal());
		await gpg.import(text.kind === "binary" ? text.bytes : text.blocks.join("\n"));
	}
	if (publicKey !== void 0) await gpg.import(publicKey);
	const openpgp = await import("./lazy-openpgp.js");
	const secrets = await gpg.listSecretKeys(fingerprint);
	if (secrets.size === 0) throw noSecretKey(fingerprint, await gpg.isKnown(fingerprint));
	const binary = await gpg.bytes([
		"--export-options",
		"no-export-attributes",
		"--export",
		fingerprint
	], "");
	const found = await openpgp.readKey({ binaryKey: binary });
	if (found.getFingerprint().toUpperCase() !== fingerprint) throw new UserError({
		what: "the fingerprint of a subkey was given",
		where: "the fingerprint of the signing key",
		expected: `that of the primary key, ${found.getFingerprint().toUpperCase()}`
	});
	const now = options.now ?? (() => /* @__PURE__ */ new Date());
	const hasSecret = (packet) => secrets.has(packet.getFingerprint().toUpperCase());
	const { info } = await chooseSigningKey(openpgp, found, now(), hasSecret);
	gpg.use(info.signingFingerprint);
	const data = Buffer.from("a signature for a test\n");
	const signature = await gpg.sign("SHA512", ["--detach-sign"], data);
	await (await openpgp.verify({
		message: await openpgp.createMessage({ binary: data }),
		signature: await openpgp.readSignature({ binarySignature: signature }),
		verificationKeys: found.toPublic(),
		format: "binary"
	})).signatures[0]?.verified;
	const resources = stack.move();
	return {
		key: info,
		publicKey: {
			armored: found.toPublic().armor().replaceAll("\r\n", "\n"),
			binary
		},
		warnings: keyWarnings(info, now()),
		async clearsign(text) {
			const lines = `${text.replace(/[ \t\r]+$/gm, "")}\n`;
			return (await gpg.sign("SHA512", ["--clearsign"], lines)).toString("utf8");
		},
		async detach(data) {
			const packet = await gpg.sign("SHA512", ["--detach-sign"], data);
			return {
				armored: openpgp.armor(openpgp.enums.armor.signature, packet, void 0, void 0, void 0, true).replaceAll("\r\n", "\n"),
				binary: packet
			};
		},
		async signPacket(data) {
			const packet = await gpg.sign("SHA256", ["--detach-sign"], data);
			packetAlgorithm(packet);
			return packet;
		},
		[Symbol.asyncDispose]: async () => await resources.disposeAsync()
	};
}
var Gpg = class {
	#home;
	#passphrase;
	#signal;
	#key = "";
	#slots = new Slots(availableParallelism());
	constructor(home, passphrase, signal) {
		this.#home = home;
		this.#passphrase = passphrase;
		this.#signal = signal;
	}
	use(fingerprint) {
		this.#key = fingerprint;
	}
	async import(key) {
		const argv = this.#argv(["--import"]);
		await run(argv, {
			input: key,
			...this.#runOptions()
		}).catch((error) => {
			throw explainGpg(error, "the key cannot be imported");
		});
	}
	async listSecretKeys(fingerprint) {
		const argv = this.#argv([
			"--with-colons",
			"--list-secret-keys",
			fingerprint
		]);
		const { stdout } = await run(argv, {
			okExitCodes: [0, 2],
			...this.#runOptions()
		});
		const found = /* @__PURE__ */ new Set();
		let usable = false;
		for (const line of stdout.split("\n")) {
			const fields = line.split(":");
			if (fields[0] === "sec" || fields[0] === "ssb") usable = fields[14] !== "#";
			if (fields[0] === "fpr" && usable && fields[9] !== void 0) found.add(fields[9].toUpperCase());
		}
		return found;
	}
	async isKnown(fingerprint) {
		const argv = this.#argv([
			"--with-colons",
			"--list-keys",
			fingerprint
		]);
		return (await run(argv, {
			okExitCodes: [0, 2],
			...this.#runOptions()
		})).exitCode === 0;
	}
	async sign(digest, mode, input) {
		const options = [
			"--digest-algo",
			digest,
			"--personal-digest-preferences",
			digest,
			"--no-emit-version"
		];
		return await this.bytes([
			...options,
			"--no-comments",
			"--local-user",
			`${this.#key}!`,
			...mode
		], input);
	}
	async bytes(args, input) {
		using _slot = await this.#slots.take();
		const limit = typeof input === "string" || input instanceof Uint8Array ? AbortSignal.timeout(LIMIT_SECONDS * 1e3) : void 0;
		const signals = [this.#signal, limit].filter((each) => each !== void 0);
		const line = this.#passphrase && Buffer.from(`${this.#passphrase.reveal()}\n`);
		const unlock = line ? [
			"--pinentry-mode",
			"loopback",
			"--passphrase-fd",
			"0"
		] : ["--pinentry-mode", "error"];
		try {
			return await runBytes(this.#argv([...unlock, ...args]), {
				input: line ? after(line, input) : input,
				env: gpgEnvironment(this.#home.folder),
				...signals.length > 0 ? { signal: AbortSignal.any(signals) } : {}
			});
		} catch (error) {
			if (limit?.aborted) throw new UserError({
				what: `gpg did not answer within ${LIMIT_SECONDS} s`,
				where: "the signing key of gpg",
				remedy: "a card may wait for a touch, or an agent for a pinentry that nobody sees"
			});
			this.#signal?.throwIfAborted();
			throw explainGpg(error, "gpg cannot sign");
		} finally {
			line?.fill(0);
		}
	}
	#argv(args) {
		const quiet = [
			"--batch",
			"--no-tty",
			"--quiet",
			"--yes"
		];
		const trust = [
			"--trust-model",
			"always",
			"--no-auto-check-trustdb",
			"--no-auto-key-locate"
		];
		return [
			"gpg",
			"--homedir",
			this.#home.folder,
			"--no-options",
			...quiet,
			...trust,
			...args
		];
	}
	#runOptions() {
		return {
			env: gpgEnvironment(this.#home.folder),
			timeoutSeconds: LIMIT_SECONDS,
			...this.#signal === void 0 ? {} : { signal: this.#signal }
		};
	}
};
async function* after(line, input) {
	yield line;
	if (typeof input === "string" || input instanceof Uint8Array) yield input;
	else yield* input;
}
var Slots = class {
	#free;
	#waiting = [];
	constructor(count) {
		this.#free = count;
	}
	async take() {
		if (this.#free > 0) this.#free -= 1;
		else await new Promise((resolve) => this.#waiting.push(resolve));
		return { [Symbol.dispose]: () => {
			const next = this.#waiting.shift();
			if (next) next();
			else this.#free += 1;
		} };
	}
};
function noSecretKey(fingerprint, isKnown) {
	return new UserError({
		what: "gpg has no secret key of this fingerprint",
		where: `the signing key ${fingerprint}`,
		found: isKnown ? "only the public key" : "no key at all",
		remedy: isKnown ? "insert the card and make its stubs (gpg --card-status), or import the secret key" : "name the GnuPG home that has it, or another fingerprint"
	});
}

// src/signing/openpgp.ts
const WHERE = "the signing key";
async function openSigner(options) {
	const openpgp = await import("./lazy-openpgp.js");
	const now = options.now ?? (() => /* @__PURE__ */ new Date());
	const key = await readKey(openpgp, options);
	const chosen = await chooseSigningKey(openpgp, key, now(), hasSecretPart);
	const { packet } = chosen;
	if (packet.isDecrypted() !== true) {
		if (options.passphrase === void 0) throw new UserError({
			what: "the key is protected by a passphrase and none was given",
			where: `${WHERE} ${fingerprintOf(key)}`,
			remedy: "give the input signing-key-passphrase"
		});
		try {
			await packet.decrypt(options.passphrase.reveal());
		} catch (error) {
			throw new UserError({
				what: "the passphrase does not open the key",
				where: `${WHERE} ${fingerprintOf(key)}`,
				.../incorrect key passphrase/i.test(messageOf(error)) ? {} : { found: "a protection that cannot be undone" }
			});
		}
	}
	try {
		await packet.validate();
	} catch {
		throw new UserError({
			what: "the secret part does not fit the public one",
			where: `${WHERE} ${fingerprintOf(key)}`
		});
	}
	return new OpenPgpSigner(openpgp, key, chosen, now);
}
var OpenPgpSigner = class {
	key;
	publicKey;
	warnings;
	#openpgp;
	#private;
	#now;
	#keyId;
	#packet;
	#packets;
	constructor(openpgp, key, { packet, info }, now) {
		this.#openpgp = openpgp;
		this.#private = key;
		this.#now = now;
		this.#packet = packet;
		this.#keyId = packet.getKeyID();
		const published = key.toPublic();
		this.publicKey = {
			armored: unixLines(published.armor()),
			binary: published.write()
		};
		this.key = info;
		this.warnings = keyWarnings(info, now());
	}
	async clearsign(text) {
		const message = await this.#openpgp.createCleartextMessage({ text });
		return unixLines(await this.#openpgp.sign({
			message,
			...this.#options()
		}));
	}
	async signPacket(data) {
		this.#packets ??= openPacketSigner(this.#packet);
		return await this.#packets(data, this.#now());
	}
	async [Symbol.asyncDispose]() {}
	async detach(data) {
		const message = await this.#openpgp.createMessage({ binary: data });
		const armored = await this.#openpgp.sign({
			message,
			...this.#options(),
			detached: true,
			format: "armored"
		});
		const signature = await this.#openpgp.readSignature({ armoredSignature: armored });
		return {
			armored: unixLines(armored),
			binary: signature.write()
		};
	}
	#options() {
		return {
			signingKeys: this.#private,
			signingKeyIDs: this.#keyId,
			date: this.#now(),
			config: { preferredHashAlgorithm: this.#openpgp.enums.hash.sha512 }
		};
	}
};
async function readKey(openpgp, options) {
	const text = readKeyText(options.key.reveal());
	let keys;
	try {
		keys = text.kind === "binary" ? await openpgp.readPrivateKeys({ binaryKeys: text.bytes }) : (await Promise.all(text.blocks.map((armoredKeys) => openpgp.readPrivateKeys({ armoredKeys })))).flat();
	} catch (error) {
		const isPublic = text.kind === "binary" && await openpgp.readKeys({ binaryKeys: text.bytes }).then((found) => found.length > 0, () => false);
		throw new UserError(isPublic ? {
			what: "a public key was given, which cannot sign",
			where: WHERE,
			expected: "a private key"
		} : {
			what: "the private key cannot be read",
			where: WHERE,
			found: /v6|version 6|unsupported/i.test(messageOf(error)) ? "a kind of key that is not supported" : "damaged data",
			expected: "what gpg --armor --export-secret-keys prints"
		});
	}
	const found = `${keys.length} keys: ${keys.map(fingerprintOf).join(", ")}`;
	if (options.fingerprint === void 0) {
		const [key] = keys;
		if (key !== void 0 && keys.length === 1) return key;
		throw new UserError({
			what: "not exactly one private key was given",
			where: WHERE,
			found,
			remedy: "name the one to use by its fingerprint (signing-key-fingerprint), or export only that one"
		});
	}
	const wanted = normalFingerprint(options.fingerprint);
	if (wanted === void 0) throw new UserError({
		what: "not a fingerprint",
		where: "the fingerprint of the signing key",
		expected: "40 hexadecimal digits, as gpg --fingerprint prints them"
	});
	const key = keys.find((each) => fingerprintOf(each) === wanted);
	if (key !== void 0) return key;
	throw new UserError({
		what: "another key than the expected one was given",
		where: WHERE,
		found,
		expected: wanted
	});
}
function fingerprintOf(key) {
	return key.getFingerprint().toUpperCase();
}
function unixLines(text) {
	return text.replaceAll("\r\n", "\n");
}

export { AllowedSigners, algorithmWarnings, changedRpm, checkKeyFor, clearsignByAll, describeKey, detachByAll, expiryWarnings, inspectPrivateKeys, inspectPublicKeys, normalFingerprint, openGpgSigner, openSigner, planKeyring, removeDeadHomes, signRpms, signsWithSubkey, validityWarnings, whoVerifies };
