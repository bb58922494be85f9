//! Which file systems do not tell this machine of every change: others write to them too. Reads no file.

use std::path::Path;

/// The kinds of `statfs(2)` whose files may change behind the kernel's back.
#[cfg(target_os = "linux")]
const SILENT: [u32; 14] = [
    0x6573_5546, // FUSE: sshfs, virtiofs, the mounts of Docker Desktop
    0x0102_1997, // 9P: WSL's /mnt/c, QEMU, Lima
    0x5346_4846, // drvfs of the first WSL
    0x6969,      // NFS
    0x517b,      // SMB
    0xfe53_4d42, // SMB 2
    0xff53_4d42, // CIFS
    0x786f_4256, // Shared folders of VirtualBox
    0xbacb_acbc, // VMware's
    0x7c7c_6673, // Parallels'
    0x5346_414f, // AFS
    0x00c3_6400, // Ceph
    0x0bd0_0bd0, // Lustre
    0x7461_636f, // OCFS2
];

/// Whether changes in `folder` may happen of which the system says nothing.
#[cfg(target_os = "linux")]
pub fn are_silent(folder: &Path) -> bool {
    // The kinds have 32 bits; the field is wider, and signed, on some machines.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "only the lower 32 bits mean anything"
    )]
    rustix::fs::statfs(folder).is_ok_and(|mount| SILENT.contains(&(mount.f_type as u32)))
}

/// Whether changes in `folder` may happen of which the system says nothing. Nobody says so here.
#[cfg(not(target_os = "linux"))]
pub fn are_silent(_folder: &Path) -> bool {
    false
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_this_machine_is_not_silent_and_a_missing_one_neither() {
        assert!(!are_silent(Path::new("/proc")));
        assert!(!are_silent(Path::new("/no/such/folder")));
    }
}
