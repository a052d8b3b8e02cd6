/** Sends every datagram back. Arguments: address and port. */
import { createSocket } from 'node:dgram';

const [address, port] = process.argv.slice(2);
const socket = createSocket({ type: 'udp4', recvBufferSize: 4 * 1024 * 1024 });
socket.on('message', (message, from) => socket.send(message, from.port, from.address));
socket.bind(Number(port), address);
