/** The packages that a new buildroot has to build: small, with nothing but what every buildroot has. */
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type TarEntry, writeTar } from '../../source/tar.ts';

const NAME = 'pkg-actions-smoke';
const VERSION = '1.0';
const MAINTAINER = 'pkg-actions <pkg-actions@localhost>';
/** 2026-01-01, in both changelogs. */
const TIME = 1_767_225_600;

const PROGRAM = `#include <stdio.h>
int main(void)
{
  return puts("hello") == EOF;
}
`;

/** Without debhelper, which a buildroot does not have: the tools of build-essential and nothing else. */
const RULES = `#!/usr/bin/make -f
build: build-arch build-indep
build-arch:
	$(CC) -o smoke smoke.c
	./smoke
build-indep:
binary: binary-arch binary-indep
binary-arch: build-arch
	mkdir -p debian/tmp/DEBIAN debian/tmp/usr/bin
	cp smoke debian/tmp/usr/bin/${NAME}
	chown -R 0:0 debian/tmp
	dpkg-gencontrol -Pdebian/tmp
	dpkg-deb --build debian/tmp ..
binary-indep:
clean:
	rm -rf smoke debian/tmp debian/files
.PHONY: build build-arch build-indep binary binary-arch binary-indep clean
`;

const CONTROL = `Source: ${NAME}
Section: devel
Priority: optional
Maintainer: ${MAINTAINER}
Standards-Version: 4.6.2

Package: ${NAME}
Architecture: any
Description: package that tries a buildroot
 It is built on every new buildroot before builds get it.
`;

const CHANGELOG = `${NAME} (${VERSION}) unstable; urgency=low

  * Try the buildroot.

 -- ${MAINTAINER}  Thu, 01 Jan 2026 00:00:00 +0000
`;

/** A C program is compiled where there is a compiler: mock's groups of packages have none in some distributions. */
const SPEC = `Name: ${NAME}
Version: ${VERSION}
Release: 1
Summary: Package that tries a buildroot
License: MIT
BuildArch: noarch

%description
It is built on every new buildroot before builds get it.

%build
if command -v gcc >/dev/null; then
cat > smoke.c <<'EOF'
${PROGRAM}EOF
gcc -o smoke smoke.c
./smoke
fi

%install
mkdir -p %{buildroot}/usr/share/${NAME}
echo smoke > %{buildroot}/usr/share/${NAME}/smoke

%files
/usr/share/${NAME}

%changelog
* Thu Jan 01 2026 ${MAINTAINER} - ${VERSION}-1
- Try the buildroot.
`;

/**
 * Writes the Debian source package, a native one.
 *
 * @returns its .dsc.
 */
export async function writeDebPackage(folder: string): Promise<string> {
  const top = `${NAME}-${VERSION}`;
  const files: Readonly<Record<string, readonly [mode: TarEntry['mode'], content: string]>> = {
    debian: ['folder', ''],
    'debian/changelog': ['100644', CHANGELOG],
    'debian/control': ['100644', CONTROL],
    'debian/rules': ['100755', RULES],
    'debian/source': ['folder', ''],
    'debian/source/format': ['100644', '3.0 (native)\n'],
    'smoke.c': ['100644', PROGRAM],
  };
  async function* entries(): AsyncGenerator<TarEntry> {
    yield { path: top, mode: 'folder', content: Buffer.alloc(0) };
    for (const [name, [mode, content]] of Object.entries(files)) {
      yield { path: `${top}/${name}`, mode, content: Buffer.from(content) };
    }
  }
  const pieces: Buffer[] = [];
  for await (const piece of writeTar(entries(), TIME)) pieces.push(piece);
  const tarball = gzipSync(Buffer.concat(pieces));
  const name = `${NAME}_${VERSION}.tar.gz`;
  const listed = (kind: string) => ` ${createHash(kind).update(tarball).digest('hex')} ${tarball.length} ${name}`;
  const dsc = [
    'Format: 3.0 (native)',
    `Source: ${NAME}`,
    `Binary: ${NAME}`,
    'Architecture: any',
    `Version: ${VERSION}`,
    `Maintainer: ${MAINTAINER}`,
    'Standards-Version: 4.6.2',
    'Checksums-Sha1:',
    listed('sha1'),
    'Checksums-Sha256:',
    listed('sha256'),
    'Files:',
    listed('md5'),
    '',
  ].join('\n');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, name), tarball);
  const file = path.join(folder, `${NAME}_${VERSION}.dsc`);
  await writeFile(file, dsc);
  return file;
}

/**
 * Writes the spec file; mock makes the source package.
 *
 * @returns its path.
 */
export async function writeRpmPackage(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, `${NAME}.spec`);
  await writeFile(file, SPEC);
  return file;
}
