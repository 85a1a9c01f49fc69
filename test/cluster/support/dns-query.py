"""One DNS query: SERVER NAME TYPE PROTOCOL. Prints `RCODE RECORDS [ERROR TEXT]`, or `silent` after three seconds."""
import random
import socket
import struct
import sys

server, name, kind, protocol = sys.argv[1:5]
types = {'A': 1, 'CNAME': 5, 'NULL': 10, 'MX': 15, 'TXT': 16, 'AAAA': 28}
labels = b''.join(bytes([len(label)]) + label.encode() for label in name.split('.')) + b'\0'
header = struct.pack('>HHHHHH', random.randrange(65536), 0x100, 1, 0, 0, 1)
edns = b'\0' + struct.pack('>HHIH', 41, 1232, 0, 0)
message = header + labels + struct.pack('>HH', types[kind], 1) + edns

family = socket.AF_INET6 if ':' in server else socket.AF_INET
with socket.socket(family, socket.SOCK_STREAM if protocol == 'tcp' else socket.SOCK_DGRAM) as sock:
    sock.settimeout(3)
    try:
        sock.connect((server, 53))
        sock.sendall(struct.pack('>H', len(message)) + message if protocol == 'tcp' else message)
        answer = sock.recv(4096)
    except OSError:
        print('silent')
        sys.exit()
if protocol == 'tcp':
    answer = answer[2:]
_, flags, _, records, _, _ = struct.unpack('>HHHHHH', answer[:12])
rcode = {0: 'NOERROR', 2: 'SERVFAIL', 3: 'NXDOMAIN', 5: 'REFUSED'}.get(flags & 15, str(flags & 15))
# RFC 8914: option 15 of the OPT record at the end of an answer of ours.
option = answer.find(struct.pack('>HHIH', 41, 1232, 0, 0)[:4], 12 + len(labels) + 4)
text = ''
if option > 0 and len(answer) > option + 14:
    code, length, error = struct.unpack('>HHH', answer[option + 10 : option + 16])
    if code == 15:
        text = f' {error} ' + answer[option + 16 : option + 14 + length].decode()
print(f'{rcode} {records}{text}')
