"""Makes a library's demand for GLIBCXX_3.4.32 weak, so that it loads beside a libstdc++ that lacks this version (preload.cpp says more).

    python3 relax.py artifacts/peers/torchsharp/libLibTorchSharp.so

Changes that copy alone, nothing of the package; for measuring, not for use. ELF, 64 bits, little-endian.
"""
import struct
import sys

VERSION = b"GLIBCXX_3.4.32"
SECTION_OF_NEEDED_VERSIONS = 0x6FFFFFFE  # SHT_GNU_verneed
WEAK = 2  # VER_FLG_WEAK

path = sys.argv[1]
with open(path, "rb") as file:
    image = bytearray(file.read())
headers, = struct.unpack_from("<Q", image, 40)
header_size, count = struct.unpack_from("<HH", image, 58)
# sh_name, sh_type, sh_flags, sh_addr, sh_offset, sh_size, sh_link, sh_info, sh_addralign, sh_entsize
sections = [struct.unpack_from("<IIQQQQIIQQ", image, headers + i * header_size) for i in range(count)]
for section in sections:
    if section[1] != SECTION_OF_NEEDED_VERSIONS:
        continue
    names, file_at = sections[section[6]][4], section[4]
    while True:
        _, versions, _, first, next_file = struct.unpack_from("<HHIII", image, file_at)
        version_at = file_at + first
        for _ in range(versions):
            _, flags, _, name, next_version = struct.unpack_from("<IHHII", image, version_at)
            text = bytes(image[names + name:image.index(0, names + name)])
            if text == VERSION:
                struct.pack_into("<H", image, version_at + 4, flags | WEAK)
            version_at += next_version
        if next_file == 0:
            break
        file_at += next_file
with open(path, "wb") as file:
    file.write(image)
