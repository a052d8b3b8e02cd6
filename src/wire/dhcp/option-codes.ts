/** Codes of DHCP options: RFC 2132 and the documents named beside the codes; names as IANA's registry and Wireshark have them. */

/** The codes that this project's servers, clients and checks speak of. */
export const OPTION = {
  pad: 0,
  subnetMask: 1,
  router: 3,
  domainNameServer: 6,
  logServer: 7,
  hostName: 12,
  domainName: 15,
  rootPath: 17,
  interfaceMtu: 26,
  broadcastAddress: 28,
  staticRoute: 33,
  ntpServers: 42,
  vendorSpecific: 43,
  requestedAddress: 50,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverIdentifier: 54,
  parameterRequestList: 55,
  message: 56,
  maximumMessageSize: 57,
  renewalTime: 58,
  rebindingTime: 59,
  vendorClass: 60,
  clientIdentifier: 61,
  tftpServerName: 66,
  bootFileName: 67,
  userClass: 77,
  relayAgentInformation: 82,
  clientArchitecture: 93,
  clientInterface: 94,
  clientMachineId: 97,
  domainSearch: 119,
  classlessStaticRoute: 121,
  vendorIdentifyingClass: 124,
  tftpServerAddress: 150,
  ipxe: 175,
  ipxeInitiatorName: 203,
  pxelinuxMagic: 208,
  pxelinuxConfigFile: 209,
  pxelinuxPathPrefix: 210,
  pxelinuxRebootTime: 211,
  microsoftStaticRoute: 249,
  end: 255,
} as const;

/** `code name`, one a line: written as text so that the table can be read. */
const NAMES: ReadonlyMap<number, string> = new Map(
  `0 Pad
1 Subnet Mask
2 Time Offset
3 Router
4 Time Server
5 Name Server
6 Domain Name Server
7 Log Server
8 Quotes Server
9 LPR Server
10 Impress Server
11 Resource Location Server
12 Host Name
13 Boot File Size
14 Merit Dump File
15 Domain Name
16 Swap Server
17 Root Path
18 Extensions Path
19 IP Forwarding
20 Non-Local Source Routing
21 Policy Filter
22 Maximum Datagram Reassembly Size
23 Default IP Time-to-Live
24 Path MTU Aging Timeout
25 Path MTU Plateau Table
26 Interface MTU
27 All Subnets are Local
28 Broadcast Address
29 Perform Mask Discovery
30 Mask Supplier
31 Perform Router Discovery
32 Router Solicitation Address
33 Static Route
34 Trailer Encapsulation
35 ARP Cache Timeout
36 Ethernet Encapsulation
37 TCP Default TTL
38 TCP Keepalive Interval
39 TCP Keepalive Garbage
40 Network Information Service Domain
41 Network Information Service Servers
42 Network Time Protocol Servers
43 Vendor-Specific Information
44 NetBIOS over TCP/IP Name Server
45 NetBIOS over TCP/IP Datagram Distribution Server
46 NetBIOS over TCP/IP Node Type
47 NetBIOS over TCP/IP Scope
48 X Window System Font Server
49 X Window System Display Manager
50 Requested IP Address
51 IP Address Lease Time
52 Option Overload
53 DHCP Message Type
54 DHCP Server Identifier
55 Parameter Request List
56 Message
57 Maximum DHCP Message Size
58 Renewal Time Value
59 Rebinding Time Value
60 Vendor Class Identifier
61 Client Identifier
62 NetWare/IP Domain
63 NetWare/IP Options
64 Network Information Service+ Domain
65 Network Information Service+ Servers
66 TFTP Server Name
67 Bootfile Name
68 Mobile IP Home Agent
69 SMTP Server
70 POP3 Server
71 NNTP Server
72 Default WWW Server
73 Default Finger Server
74 Default IRC Server
75 StreetTalk Server
76 StreetTalk Directory Assistance Server
77 User Class Information
78 Directory Agent Information
79 Service Location Agent Scope
80 Rapid Commit
81 Client Fully Qualified Domain Name
82 Relay Agent Information
83 iSNS
85 Novell Directory Services Servers
86 Novell Directory Services Tree Name
87 Novell Directory Services Context
88 BCMCS Controller Domain Name
89 BCMCS Controller IPv4 Address
90 Authentication
91 Client Last Transaction Time
92 Associated IP
93 Client System Architecture
94 Client Network Interface Identifier
95 LDAP
97 Client Machine Identifier (UUID/GUID)
98 Open Group's User Authentication
99 Civic Addresses Configuration
100 PCode
101 TCode
108 IPv6-Only Preferred
112 NetInfo Parent Server Address
113 NetInfo Parent Server Tag
114 DHCP Captive-Portal
116 DHCP Auto-Configuration
117 Name Service Search
118 Subnet Selection
119 Domain Search
120 SIP Servers
121 Classless Static Route
122 CableLabs Client Configuration
123 Coordinate-based Location Configuration
124 V-I Vendor Class
125 V-I Vendor-Specific Information
128 PXE - undefined (vendor specific)
129 PXE - undefined (vendor specific)
130 PXE - undefined (vendor specific)
131 PXE - undefined (vendor specific)
132 PXE - undefined (vendor specific)
133 PXE - undefined (vendor specific)
134 PXE - undefined (vendor specific)
135 PXE - undefined (vendor specific)
136 PANA Authentication Agent
137 LoST Server Domain Name
138 CAPWAP Access Controllers
139 IPv4 Address-MoS
140 IPv4 FQDN-MoS
141 SIP UA Configuration Domains
142 IPv4 Address ANDSF
143 SZTP Redirect
144 Geospatial Location
145 Forcerenew Nonce Capable
146 RDNSS Selection
150 TFTP Server Address
151 Leasequery Status Code
152 Leasequery Base Time
153 Leasequery Start Time of State
154 Leasequery Query Start Time
155 Leasequery Query End Time
156 Leasequery DHCP State
157 Leasequery Data Source
158 PCP Server
159 Portparams
161 Manufacturer Usage Description
175 iPXE Encapsulated Options
177 Etherboot
201 iPXE iSCSI (private)
202 iPXE iSCSI (private)
203 iPXE iSCSI Initiator Name (private)
208 PXELINUX Magic
209 PXELINUX Configuration File
210 PXELINUX Path Prefix
211 PXELINUX Reboot Time
212 6RD
213 V4 Access Domain
220 Subnet Allocation
221 Virtual Subnet Selection
249 Classless Static Route (Microsoft)
252 Proxy Autodiscovery
255 End`
    .split('\n')
    .map((line): [number, string] => {
      const space = line.indexOf(' ');
      return [Number(line.slice(0, space)), line.slice(space + 1)];
    }),
);

/** `Bootfile Name` for 67; `Unassigned` for a code nobody owns, `Private` from 224 on (RFC 3942). */
export function optionName(code: number): string {
  return NAMES.get(code) ?? (code >= 224 && code < 255 ? 'Private' : 'Unassigned');
}
