// Writes well-formed packets for fuzz_gdb into a folder.
#include <cstdio>
#include <fstream>
#include <string>

#include "debug/packet.h"

int main(int argc, char** argv) {
    if (argc != 2) {
        std::fprintf(stderr, "usage: fuzz_gdb_seeds FOLDER\n");
        return 2;
    }
    const char* const packets[] = {"?",
                                   "g",
                                   "p21",
                                   "P1=0000000000000000",
                                   "m80000000,10",
                                   "M80000000,2:abcd",
                                   "X80000000,1:a",
                                   "Z0,80000000,4",
                                   "z2,80000000,4",
                                   "vCont;s:1;c",
                                   "vCont;r10,20:2",
                                   "qSupported:swbreak+",
                                   "qXfer:features:read:target.xml:0,100",
                                   "qXfer:threads:read::0,fff",
                                   "qfThreadInfo",
                                   "qThreadExtraInfo,1",
                                   "qRcmd,696e666f",
                                   "Hg2",
                                   "Hc-1",
                                   "c80000000",
                                   "S05;80000000",
                                   "bs",
                                   "bc",
                                   "D",
                                   "k",
                                   "QStartNoAckMode"};
    int number = 0;
    for (const char* packet : packets) {
        std::ofstream file(std::string(argv[1]) + "/packet-" + std::to_string(number++),
                           std::ios::binary);
        file << static_cast<char>(number & 3) << kiln::debug::frame(packet);
    }
    return 0;
}
