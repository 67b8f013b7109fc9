/* mbedTLS for boards without a network. In: the port's own settings. Out: the same, without what only TLS needs: hashlib and cryptolib take AES,
 * MD5, SHA-1 and SHA-256 as they are set there, and of the rest nothing is linked; so it is not compiled either. */
#ifndef TONEARM_MBEDTLS_CONFIG_H
#define TONEARM_MBEDTLS_CONFIG_H

#include "mbedtls/mbedtls_config_port.h"

#undef MBEDTLS_ASN1_PARSE_C
#undef MBEDTLS_ASN1_WRITE_C
#undef MBEDTLS_BIGNUM_C
#undef MBEDTLS_CAN_ECDH
#undef MBEDTLS_CIPHER_C
#undef MBEDTLS_CTR_DRBG_C
#undef MBEDTLS_ECDH_C
#undef MBEDTLS_ECDSA_C
#undef MBEDTLS_ECP_C
#undef MBEDTLS_ENTROPY_C
#undef MBEDTLS_ERROR_C
#undef MBEDTLS_GCM_C
#undef MBEDTLS_KEY_EXCHANGE_ECDHE_ECDSA_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_ECDHE_RSA_ENABLED
#undef MBEDTLS_KEY_EXCHANGE_RSA_ENABLED
#undef MBEDTLS_MD_C
#undef MBEDTLS_OID_C
#undef MBEDTLS_PKCS1_V15
#undef MBEDTLS_PKCS5_C
#undef MBEDTLS_PK_C
#undef MBEDTLS_PK_CAN_ECDSA_SIGN
#undef MBEDTLS_PK_HAVE_ECC_KEYS
#undef MBEDTLS_PK_PARSE_C
#undef MBEDTLS_RSA_C

#undef MBEDTLS_SHA384_C
#undef MBEDTLS_SHA512_C
#undef MBEDTLS_SSL_CLI_C
#undef MBEDTLS_SSL_PROTO_DTLS
#undef MBEDTLS_SSL_PROTO_TLS1
#undef MBEDTLS_SSL_PROTO_TLS1_1
#undef MBEDTLS_SSL_PROTO_TLS1_2
#undef MBEDTLS_SSL_SERVER_NAME_INDICATION
#undef MBEDTLS_SSL_SRV_C
#undef MBEDTLS_SSL_TLS_C
#undef MBEDTLS_X509_CRT_PARSE_C
#undef MBEDTLS_X509_USE_C

#endif
