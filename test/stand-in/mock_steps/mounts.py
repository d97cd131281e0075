"""Devices and mounts of the root."""
import contextlib
import grp
import os
import shutil
import stat

from .files import is_mounted
from .processes import execute

DEVICES = (('null', 1, 3, 0o666), ('full', 1, 7, 0o666), ('zero', 1, 5, 0o666), ('random', 1, 8, 0o666),
           ('urandom', 1, 9, 0o444), ('tty', 5, 0, 0o666), ('console', 5, 1, 0o600), ('fuse', 10, 229, 0o666))


class Mounts:
    """Of a `Buildroot`: what is mounted in it, to be unmounted in the end."""

    def make_devices(self):
        for entry in os.scandir(self.path('dev')) if os.path.isdir(self.path('dev')) else []:
            if entry.is_dir(follow_symlinks=False):
                if not os.path.ismount(entry.path):
                    shutil.rmtree(entry.path)
            elif not is_mounted(entry.path):
                os.unlink(entry.path)
        for folder in ('dev/pts', 'dev/shm', 'dev/mapper'):
            os.makedirs(self.path(folder), exist_ok=True)
        mask = os.umask(0)
        for name, major, minor, mode in DEVICES:
            node = self.path('dev', name)
            if not os.path.exists(f'/dev/{name}') or os.path.lexists(node):
                continue
            try:
                os.mknod(node, stat.S_IFCHR | mode, os.makedev(major, minor))
            except PermissionError:
                open(node, 'a', encoding='utf-8').close()
                self.mount(['-o', 'bind', f'/dev/{name}'], node)
        os.umask(mask)
        for name, target in (('stdin', '/proc/self/fd/0'), ('stdout', '/proc/self/fd/1'), ('stderr', '/proc/self/fd/2'),
                             ('fd', '/proc/self/fd'), ('ptmx', 'pts/ptmx'), ('../etc/mtab', '../proc/self/mounts')):
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self.path('dev', name))
            os.symlink(target, self.path('dev', name))

    def mount(self, how, place):
        if is_mounted(place):
            return
        os.makedirs(place, exist_ok=True) if not os.path.lexists(place) else None
        execute(['/bin/mount', '-n', *how, place])
        self.mounts.append(place)

    def mount_all(self):
        for name in ('proc', 'sys'):
            place = self.path(name)
            if not is_mounted(place):
                # Of its own, so that unmounting it lazily does not reach the host's.
                execute(['/bin/mount', '-n', '-t', 'tmpfs', '-o', 'rprivate,mode=0755', 'tmpfs', place])
                execute(['/bin/mount', '-n', '-o', 'rbind', f'/{name}', place])
                options = 'remount,nodev,noexec,nosuid,readonly,rprivate,rbind'
                execute(['/bin/mount', '-n', '-o', options, '--target', place])
                self.mounts += [place, place]
        if self.config['internal_dev_setup']:
            options = f"gid={grp.getgrnam('tty').gr_gid},mode=0620,ptmxmode=0666,newinstance"
            self.mount(['-t', 'tmpfs', 'tmpfs'], self.path('dev/shm'))
            self.mount(['-t', 'devpts', '-o', options, 'devpts'], self.path('dev/pts'))
        if self.config['plugin_conf']['yum_cache_enable']:
            for name in ('yum', 'dnf'):
                self.mount(['-o', 'bind', os.path.join(self.cache, f'{name}_cache')], self.path('var/cache', name))

    def unmount_all(self):
        while self.mounts:
            execute(['/bin/umount', '-n', '-l', self.mounts.pop()], check=False)
