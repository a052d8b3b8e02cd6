<?php
// Orders for one client, as an iPXE script. The client is told by its MAC address; boot1.txt sends much more.

echo "#!ipxe\n";

switch ($_GET['mac'] ?? '') {
  case '00:12:34:56:78:90':
    // pxelinux, from this server
    echo "chain http://pxe.example.com/pxelinux.0\n";
    break;

  case '00:11:22:33:44:55':
    // a disk on the storage network; RFC 4173 says how the name is made: server, protocol, port, LUN, target
    echo "set initiator-iqn iqn.2007-08.com.example.initiator:initiator\n";
    echo "sanboot iscsi:san.example.com:6:3260:0:iqn.2007-08.com.example.san:sometarget\n";
    break;

  case '00:77:21:ab:cd:ee':
    // somebody else's menu
    echo "chain http://boot.salstar.sk\n";
    break;

  default:
    // not ours: let the machine go on with its own boot order
    echo "exit\n";
    break;
}
