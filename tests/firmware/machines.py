"""How a BareFlow program is started on each target and emulator."""
import os
import subprocess

PROJECT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TOOLS = os.path.join(PROJECT, "tools")

QEMU_RISCV = ["qemu-system-riscv64", "-M", "virt", "-nographic", "-no-reboot"]
# Disks of q35 and of virtio: those of the older machine take seconds for a large model.
QEMU_PC_OPTIONS = ["-M", "q35", "-display", "none", "-serial", "stdio", "-monitor", "none",
                   "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]


class Guest:
    """One boot: folder of the built firmware, program, initrd, command line, RAM."""

    def __init__(self, firmware, target, program, initrd=None, append=None, ram="512M"):
        self.folder = os.path.join(firmware, target, program)
        self.elf = os.path.join(self.folder, program + ".elf")
        self.target = target
        self.initrd = initrd
        self.append = append
        self.ram = ram

    def options(self, initrd_option, append_option):
        options = []
        if self.initrd:
            options += [initrd_option, self.initrd]
        if self.append:
            options += [append_option, self.append]
        return options


def kiln_riscv(guest, kiln, _work):
    bios = ["--bios", "none"] if guest.target == "rv64-m" else []
    return [kiln, "run", "--kernel", guest.elf, *bios, "--ram", guest.ram,
            *guest.options("--initrd", "--append")]


def qemu_riscv(guest, _kiln, _work):
    bios = "none" if guest.target == "rv64-m" else "default"
    return [*QEMU_RISCV, "-bios", bios, "-m", guest.ram, "-kernel", guest.elf,
            *guest.options("-initrd", "-append")]


def qemu_x86_64(guest, _kiln, work):
    iso = os.path.join(work, "boot.iso")
    subprocess.run([os.path.join(TOOLS, "pack_iso"), iso, guest.elf,
                    *guest.options("--initrd", "--append")],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return ["qemu-system-x86_64", *QEMU_PC_OPTIONS, "-m", guest.ram, "-cdrom", iso]


def qemu_i386(guest, _kiln, work):
    image = os.path.join(work, "boot.img")
    boot = os.path.join(os.path.dirname(guest.folder), "bareflow", "boot.bin")
    subprocess.run([os.path.join(TOOLS, "pack_disk_image"), "--boot", boot,
                    "--program", os.path.splitext(guest.elf)[0] + ".bin",
                    *guest.options("--initrd", "--append"), image], check=True)
    return ["qemu-system-i386", *QEMU_PC_OPTIONS, "-m", guest.ram,
            "-drive", f"file={image},format=raw,if=virtio"]


COMMANDS = {
    ("rv64-m", "kiln"): kiln_riscv,
    ("rv64-s", "kiln"): kiln_riscv,
    ("rv64-m", "qemu"): qemu_riscv,
    ("rv64-s", "qemu"): qemu_riscv,
    ("x86_64", "qemu"): qemu_x86_64,
    ("i386", "qemu"): qemu_i386,
}


def command(guest, emulator, kiln, work):
    """The command that boots `guest`; `work` is a folder for what must be packed first."""
    return COMMANDS[guest.target, emulator](guest, kiln, work)


def exit_code(guest, status):
    """The guest's exit code from that of the emulator. QEMU's isa-debug-exit ends with (code << 1) | 1,
    and without one the PC was powered off, which is code 0."""
    if guest.target.startswith("rv64"):
        return status
    return status >> 1 if status & 1 else (0 if status == 0 else None)
