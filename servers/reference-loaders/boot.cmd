# U-Boot's script: mkimage makes boot.scr.uimg of it, which U-Boot asks for by that name whatever DHCP says.
echo "pxebench: U-Boot for ${arch} has its script"
