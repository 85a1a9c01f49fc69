#ifndef DESCRIPTORS_H
#define DESCRIPTORS_H

/* The most descriptors that Squid is given (SQUID_FILE_DESCRIPTORS). */
enum { DESCRIPTORS = 65536 };

#endif
