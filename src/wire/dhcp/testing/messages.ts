/**
 * For tests only: DHCP and BOOTP messages as real machines sent them, one field a line.
 * The captures named stand in captures/, with a note of where they come from.
 */
import { fromHex } from '../../bytes.ts';

/** Octets of zero, for the long fields. */
export const zeros = (count: number): string => '00'.repeat(count);

/** iPXE's DISCOVER as the write-up prints it (tcpdump's text, 387 octets): the octets put together again. */
export const WRITE_UP_DISCOVER: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  '00 71 ce b4', // xid
  '00 04 00 00', // secs, flags
  '00 00 00 00', // ciaddr
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  '00 12 34 56 78 90 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  zeros(128), // file
  '63 82 53 63', // magic cookie
  '35 01 01', // 53 DISCOVER
  '39 02 05 c0', // 57 maximum size 1472
  '5d 02 00 00', // 93 x86 BIOS
  '5e 03 01 02 01', // 94 UNDI 2.1
  '3c 20 50 58 45 43 6c 69 65 6e 74 3a 41 72 63 68 3a 30 30 30 30 30 3a 55 4e 44 49',
  '3a 30 30 32 30 30 31', // 60 "PXEClient:Arch:00000:UNDI:002001"
  '4d 04 69 50 58 45', // 77 "iPXE" raw
  '37 0d 01 03 06 07 0c 0f 11 2b 3c 42 43 af cb', // 55 requested 1,3,6,7,12,15,17,43,60,66,67,175,203
  'af 2d b1 05 01 1a f4 10 00 18 01 01 23 01 01 22 01 01 19 01 01 21 01 01 10 01 02',
  '13 01 01 11 01 01 eb 03 01 00 00 17 01 01 15 01 01 12 01 01', // 175
  '3d 07 01 00 12 34 56 78 90', // 61 ether 00:12:34:56:78:90
  '61 11 00 63 0a ed ee 4f 41 68 3a 1c 1d 6b 02 f6 8c d9 60', // 97
  'ff', // END
);

/** OVMF 2022.11 x64: uefi-x64-dumb.pcap, frame 4. */
export const EDK2_DISCOVER: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  '7b c2 37 2a', // xid
  '00 00 80 00', // secs, flags
  '00 00 00 00', // ciaddr
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  '00 12 34 56 78 92 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  zeros(128), // file
  '63 82 53 63', // magic cookie
  '35 01 01', // 53 DISCOVER
  '39 02 05 c0', // 57 maximum size 1472
  '37 23 01 02 03 04 05 06 0c 0d 0f 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c 42',
  '43 61 80 81 82 83 84 85 86 87', // 55 requested 1-6,12,13,15,17,18,22,23,28,40-43,50,51,54,58-60,66,67,97,128-135
  '61 11 00 44 45 4c 4c 39 00 10 4e 80 4e b9 c0 4f 4d 34 4a', // 97 44454c4c-3900-104e-804e-b9c04f4d344a
  '5e 03 01 03 00', // 94 UNDI 3.0
  '5d 02 00 07', // 93 7 (x64 UEFI)
  '3c 20 50 58 45 43 6c 69 65 6e 74 3a 41 72 63 68 3a 30 30 30 30 37 3a 55 4e 44 49',
  '3a 30 30 33 30 30 30', // 60 "PXEClient:Arch:00007:UNDI:003000"
  'ff', // END
);

/** dnsmasq 2.90 to an iPXE ROM: bios-ipxe-rom.pcap, frame 13. */
export const DNSMASQ_OFFER: Uint8Array = fromHex(
  '02 01 06 00', // op htype hlen hops
  'aa 1c 50 5f', // xid
  '00 04 00 00', // secs, flags
  '00 00 00 00', // ciaddr
  '0a bc 00 42', // yiaddr 10.188.0.66
  '0a bc 00 0a', // siaddr 10.188.0.10
  '00 00 00 00', // giaddr
  '00 12 34 56 78 90 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  '68 74 74 70 3a 2f 2f 70 78 65 2e 65 78 61 6d 70 6c 65 2e 63 6f 6d 2f 62 6f 6f 74',
  '31 2e 74 78 74', // file "http://pxe.example.com/boot1.txt"
  zeros(96),
  '63 82 53 63', // magic cookie
  '35 01 02', // 53 OFFER
  '36 04 0a bc 00 0a', // 54 server 10.188.0.10
  '33 04 00 00 a8 c0', // 51 lease time 43200
  '3a 04 00 00 54 60', // 58 T1 21600
  '3b 04 00 00 93 a8', // 59 T2 37800
  '01 04 ff ff ff 00', // 1 subnet mask 255.255.255.0
  '1c 04 0a bc 00 ff', // 28 broadcast address 10.188.0.255
  '0f 0b 65 78 61 6d 70 6c 65 2e 63 6f 6d', // 15 "example.com"
  '06 04 0a bc 00 14', // 6 DNS 10.188.0.20
  '03 04 0a bc 00 01', // 3 router 10.188.0.1
  'ff', // END
);

/** Pixiecore as proxyDHCP: bios-asrock-proxydhcp4011.pcap, frame 2 (danderson/netboot, Apache-2.0). */
export const PROXY_OFFER: Uint8Array = fromHex(
  '02 01 06 00', // op htype hlen hops
  '9b 4e 05 57', // xid
  '00 00 80 00', // secs, flags
  '00 00 00 00', // ciaddr
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  'd0 50 99 4e 05 57 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  zeros(128), // file
  '63 82 53 63', // magic cookie
  '35 01 02', // 53 OFFER
  '36 04 c0 a8 10 0a', // 54 server 192.168.16.10
  '3c 09 50 58 45 43 6c 69 65 6e 74', // 60 "PXEClient"
  '61 11 00 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00 09', // 97 00020003-0004-0005-0006-000700080009
  '2b 27 06 01 03 08 07 80 00 01 c0 a8 10 0a 09 0c 80 00 09 50 69 78 69 65 63 6f 72',
  '65 0a 0a 00 50 69 78 69 65 63 6f 72 65 ff', // 43 discovery 0x03, boot servers 0x8000 192.168.16.10, menu 0x8000 "Pixiecore", prompt "Pixiecore" timeout 0
  'ff', // END
);

/** An Intel UNDI 2.1 ROM to port 4011: bios-asrock-proxydhcp4011.pcap, frame 6 (danderson/netboot, Apache-2.0). */
export const BOOT_SERVER_REQUEST: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  '9b 4e 05 57', // xid
  '00 08 00 00', // secs, flags
  'c0 a8 10 0c', // ciaddr 192.168.16.12
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  'd0 50 99 4e 05 57 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  zeros(128), // file
  '63 82 53 63', // magic cookie
  '35 01 03', // 53 REQUEST
  '37 24 01 02 03 04 05 06 0b 0c 0d 0f 10 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b',
  '3c 42 43 80 81 82 83 84 85 86 87', // 55 requested 1-6,11-13,15-18,22,23,28,40-43,50,51,54,58-60,66,67,128-135
  '39 02 04 ec', // 57 maximum size 1260
  '61 11 00 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00 09', // 97 00020003-0004-0005-0006-000700080009
  '5d 02 00 00', // 93 0 (x86 BIOS)
  '5e 03 01 02 01', // 94 UNDI 2.1
  '3c 20 50 58 45 43 6c 69 65 6e 74 3a 41 72 63 68 3a 30 30 30 30 30 3a 55 4e 44 49',
  '3a 30 30 32 30 30 31', // 60 "PXEClient:Arch:00000:UNDI:002001"
  '2b 07 47 04 80 00 00 00 ff', // 43 boot item type 0x8000 layer 0x0000
  'ff', // END, then zeros
  zeros(191),
);

/** A Xyplex terminal server, BOOTP without cookie: bootp-xyplex-terminal-server.pcap, frame 2 (seladb/PcapPlusPlus, Unlicense). */
export const XYPLEX_BOOTREQUEST: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  '00 00 00 00', // xid
  '00 00 00 00', // secs, flags
  '81 6f 03 78', // ciaddr 129.111.3.120
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '81 6f 01 0d', // giaddr 129.111.1.13
  '08 00 87 0a 3c 45 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  '78 30 61 33 63 34 35 2e 70 72 6d', // file "x0a3c45.prm"
  zeros(117),
  zeros(64), // vend
);

/** Options in all three areas, pads among them: aux-dhcp-overload52-both-truncated.pcap, frame 1 (OISF/suricata-verify, MIT). */
export const OVERLOAD_BOTH: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  'ac 2e ff ff', // xid
  '00 00 00 00', // secs, flags
  '00 00 00 00', // ciaddr
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  '00 00 6c 82 dc 4e 00 00 00 00 00 00 00 00 00 00', // chaddr
  '38 14 73 6e 61 6d 65 20 66 69 65 6c 64 20 6f 76 65 72 6c 6f 61 64', // 56 "sname field overload"
  'ff', // END, then zeros
  zeros(41),
  '38 18 66 69 6c 65 20 6e 61 6d 65 20 66 69 65 6c 64 20 6f 76 65 72 6c 6f 61 64', // 56 "file name field overload"
  'ff', // END, then zeros
  zeros(101),
  '63 82 53 63', // magic cookie
  '35 01 01', // 53 DISCOVER
  '39 02 02 4e', // 57 maximum size 590
  '37 04 01 1c 03 2b', // 55 requested 1,28,3,43
  '33 04 00 00 0e 10', // 51 lease time 3600
  '34 01 03', // 52 3
  '38 07 50 61 64 64 69 6e 67', // 56 "Padding"
  '00', // pads
  '3d 07 01 00 00 6c 82 dc 4e', // 61 ether 00:00:6c:82:dc:4e
  'ff', // END
);

/** UEFI HTTP boot with a stray 204 in option 55: hx-uefi-httpclient-discover.pcap, frame 1 (payload published under MIT). */
export const EDK2_HTTP_DISCOVER: Uint8Array = fromHex(
  '01 01 06 00', // op htype hlen hops
  '9d 9f f8 79', // xid
  '00 04 80 00', // secs, flags
  '00 00 00 00', // ciaddr
  '00 00 00 00', // yiaddr
  '00 00 00 00', // siaddr
  '00 00 00 00', // giaddr
  '60 be b4 06 13 37 00 00 00 00 00 00 00 00 00 00', // chaddr
  zeros(64), // sname
  zeros(128), // file
  '63 82 53 63', // magic cookie
  '35 01 01', // 53 DISCOVER
  '39 02 05 c0', // 57 maximum size 1472
  '37 1b 01 02 03 04 05 06 0c 0d 0f 11 12 16 17 1c 28 29 2a 2b 32 33 36 3a 3b 3c cc',
  '43 61', // 55 requested 1-6,12,13,15,17,18,22,23,28,40-43,50,51,54,58-60,204,67,97
  '61 11 00 00 02 00 03 00 04 00 05 00 06 00 07 00 08 00 09', // 97 00020003-0004-0005-0006-000700080009
  '5e 03 01 03 10', // 94 UNDI 3.16
  '5d 02 00 10', // 93 16 (x64 UEFI HTTP)
  '3c 21 48 54 54 50 43 6c 69 65 6e 74 3a 41 72 63 68 3a 30 30 30 31 36 3a 55 4e 44',
  '49 3a 30 30 33 30 31 36', // 60 "HTTPClient:Arch:00016:UNDI:003016"
  'ff', // END
);
