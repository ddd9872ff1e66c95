package config

// images are published configurations, in order of their names, and the
// project's own "jwt". Zones are four blocks of hexadecimal digits.
var images = []imageRow{
	{
		name:   "adafruit-cfg-tls",
		device: "ATECC608A",
		source: "Adafruit_CircuitPython_ATECC, adafruit_atecc.py, CFG_TLS",
		notes:  "a damaged constant: stray 0x20 bytes shifted the fields; its first 128 bytes as they reach the chip",
		zone: "" +
			"01230000000050000000000000c07100c0202020202020202020202020c00055" +
			"00832087208720872f872f8f8f9f8faf202020202020202020202020208f0000" +
			"0000000000000000000000002020202020202020ffffffff20af8fffffffff00" +
			"000000ffffffff0020202020202020202020202020000000ffffffffffffffff",
		placeholder: []span{{0, 15}, {84, 87}},
	},
	{
		name:   "arduino-eccx08-default",
		device: "ATECC608A",
		source: "ArduinoECCX08, src/utility/ECCX08DefaultTLSConfig.h",
		notes:  "made for the 508A and written to 608s too, where byte 18 turns CountMatch on with slot 5 and bytes 68 to 83 are all ones",
		zone: "" +
			"01230000000050000000000000c07100c0005500832087208720872f872f8f8f" +
			"9f8faf8f0000000000000000000000000000af8fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00005555ffff000000000000" +
			"330033003300330033001c001c001c003c003c003c003c003c003c003c001c00",
		placeholder: []span{{0, 15}},
	},
	{
		name:   "aws-zerotouch-508",
		device: "ATECC508A",
		source: "public note on the AWS zero-touch kit",
		notes:  "OTP read-only; no uses of slot 15 left, it is not used",
		zone: "" +
			"012300000000500000000000eec05900b000aa008f20c444872087208f0fc436" +
			"9f0f82200f0fc4440f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000000000ffff000000000000" +
			"33001c00130013007c001c003c0033003c003c003c0030003c003c003c003000",
		placeholder: []span{{86, 87}, {0, 15}},
	},
	{
		name:   "cryptoauthlib-fullcert-508",
		device: "ATECC508A",
		source: "cryptoauthlib, test/atcacert/test_atcacert_client.c",
		notes:  "as cryptoauthlib-test-508, with slot 8 open for a whole certificate",
		zone: "" +
			"012300000000500004050607ee000100c00055008f2fc4448720c4f48f0f8f8f" +
			"9f8f83640404c4640f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00000000ffff000000000000" +
			"33001c0013001c003c001c001c0033001c001c003c0030003c003c0032003000",
		placeholder: []span{{0, 15}, {86, 87}},
	},
	{
		name:   "cryptoauthlib-fullcert-608",
		device: "ATECC608",
		source: "cryptoauthlib, test/atcacert/test_atcacert_client.c",
		notes:  "as cryptoauthlib-test-608, with slot 8 open for a whole certificate",
		zone: "" +
			"012300000000600004050607ee010100c000a100af2fc4448720c4f48f0f0f0f" +
			"9f8f83640404c4640f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ff8403bc09697600000000000000000000000000ffff0e4000000000" +
			"33001c0013001c003c003a101c0033001c001c00380030003c003c0032003000",
		placeholder: []span{{0, 15}, {86, 87}},
	},
	{
		name:   "cryptoauthlib-test-508",
		device: "ATECC508A",
		source: "cryptoauthlib, test/api_calib/test_calib_config.c",
		notes:  "508A companion of cryptoauthlib-test-608",
		zone: "" +
			"012300000000500004050607ee000100c00055008f2fc4448720c4f48f0f8f8f" +
			"9f8f8364c444c4640f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00000000ffff000000000000" +
			"33001c0013001c003c001c001c0033001c001c003c0030003c003c0032003000",
		placeholder: []span{{0, 15}, {86, 87}},
	},
	{
		name:   "cryptoauthlib-test-608",
		device: "ATECC608",
		source: "cryptoauthlib, test/api_calib/test_calib_config.c",
		notes:  "uses nearly every feature: count limit in slot 10, volatile key permission by slot 4, secure boot, AES with PersistentDisable in slot 5, a key for PrivWrite in slot 7, a validated public key in slot 14 under slot 15",
		zone: "" +
			"012300000000600004050607ee010100c000a100af2fc4448720c4f48f0f0f0f" +
			"9f8f8364c444c4640f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ff8403bc09697600000000000000000000000000ffff0e4000000000" +
			"33001c0013001c003c003a101c0033001c001c00380030003c003c0032003000",
		placeholder: []span{{0, 15}, {86, 87}},
	},
	{
		name:   "cryptoauthtools-608",
		device: "ATECC608A",
		source: "cryptoauthtools, python/examples/config.py",
		notes:  "like TrustFLEX, with encrypted reads of slot 5 by slot 6",
		zone: "" +
			"012300000000600200000000ee0101006a00000185008200852085208520c646" +
			"8f0f9f8f0f0f8f0f0f0f0f0f0f0f0f0f0d1f0f0fffffffff00000000ffffffff" +
			"00000000000003f700697600000000000000000000005555ffff0e6000000000" +
			"5300530073007300730038007c001c003c001a003c0030003c00300012003000",
		placeholder: []span{{0, 15}},
	},
	{
		name:   "eyc-608B",
		device: "ATECC608B",
		source: "electronicayciencia/ATECC608-Tools README, a real locked part",
		notes:  "encrypted reads, limited use, slot 12 authorised by 13, counters at 1026 and 1000",
		zone: "" +
			"0123116f000060033d783966ee615900c00000008720c777e7770707c777e777" +
			"0707870707070707c007c00f9dbd8d4d070700473fff00000020001f00ff0000" +
			"001f001e0000000000000000000000000000000000000000ffff000000000000" +
			"73007800780018007c007c001c007c003c0030003c003c00b80d7c0030003c00",
	},
	{
		name:   "eyc-like-608B-2",
		device: "ATECC608B",
		source: "log of a second part of the same layout in a public repository",
		notes:  "counters at 1002 and 1000",
		zone: "" +
			"0123bfbd00006003ea185823ee615d00c00000008720c777e7770707c777e777" +
			"0707870707070707c007c00f9dbd8d4d07070047003f0000001f001e00ff0000" +
			"001f001e0000000000000000000000000000000000000000ffff000000000000" +
			"73003800380018007c007c001c007c003c0030003c003c00b80d7c0030003c00",
	},
	{
		name:   "factory-508A",
		device: "ATECC508A",
		source: "public dump in a zero-touch provisioning note",
		notes:  "as shipped; OTP in consumption mode, all 128 uses of slot 15 left",
		zone: "" +
			"01231503000050003785f0a2eec05900c0005500832087208f20c48f8f8f8f8f" +
			"9f8faf8f0000000000000000000000000000af8fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00005555ffff000000000000" +
			"3300330033001c001c001c001c001c003c003c003c003c003c003c003c001c00",
	},
	{
		name:   "factory-608A",
		device: "ATECC608A",
		source: "public dumps of unlocked parts",
		notes:  "as shipped; serial number and bytes 13 and 14 are one real part's",
		zone: "" +
			"0123fe1e00006002cbc3c08feec13900c0000000832087208f20c48f8f8f8f8f" +
			"9f8faf8f0000000000000000000000000000af8fffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000005555ffff000000000000" +
			"3300330033001c001c001c001c001c003c003c003c003c003c003c003c001c00",
	},
	{
		name:   "factory-608B",
		device: "ATECC608B",
		source: "public dumps of unlocked parts",
		notes:  "as shipped, revision 03; serial number and bytes 13 and 14 are one real part's",
		zone: "" +
			"0123116f000060033d783966ee615900c0000000832087208f20c48f8f8f8f8f" +
			"9f8faf8f0000000000000000000000000000af8fffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000005555ffff000000000000" +
			"3300330033001c001c001c001c001c003c003c003c003c003c003c003c001c00",
	},
	{
		name:   "gcp-iot-core-508",
		device: "ATECC508A",
		source: "gcp-iot-core-examples, scripts/at_config.py; cryptoauthtools",
		notes:  "508A variant of gcp-iot-core-608",
		zone: "" +
			"012300000000500000000000eec05900b00055008f20c444872087208f0fc436" +
			"9f0f82200f0fc4440f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00005555ffff000000000000" +
			"33001c00130013007c001c003c0033003c003c003c0030003c003c003c003000",
		placeholder: []span{{0, 15}},
	},
	{
		name:   "gcp-iot-core-608",
		device: "ATECC608A",
		source: "gcp-iot-core-examples, scripts/at_config.py",
		notes:  "key in slot 0 signs external digests; the original script puts its own address in byte 16",
		zone: "" +
			"012300000000600200000000ee010100b00000018f20c444872087208f0fc436" +
			"9f0f82200f0fc4440f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000005555ffff000000000000" +
			"33001c00130013007c001c003c0033003c003c003c0030003c003c003c003000",
		placeholder: []span{{0, 15}},
	},
	{
		name:   "helium-gateway",
		device: "ATECC608A",
		source: "helium/ecc608-linux-rs as used by gateway-mfr",
		notes:  "every slot a private key that signs and does ECDH; the other bytes stay as the part had them, factory values assumed",
		zone: "" +
			"012300000000600200000000ee010100c0000000872087208720872087208720" +
			"8720872087208720872087208720872087208720ffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000005555ffff000000000000" +
			"3300330033003300330033003300330033003300330033003300330033003300",
		placeholder: []span{{0, 19}, {52, 95}},
	},
	{
		name:   "jwt",
		device: "ATECC608B",
		source: "this project",
		notes:  "key in slot 0 signs external digests and can be regenerated; slots 1 to 3 are spare keys, slot 6 is the IO protection key, slot 8 is open",
		zone: "" +
			"012300000000600300000000ee615900c000000081208120812081208f8f8f8f" +
			"8f0f8f8f0f0f8f8f8f8f8f8f8f8f8f8f8f8f8f8fffffffff00000000ffffffff" +
			"000000000000000000697600000000000000000000000000ffff0e6000000000" +
			"33003300330033001c001c007c001c003c001c001c001c001c001c001c001c00",
		placeholder: []span{{2, 3}, {8, 11}},
	},
	{
		name:   "kmwebnet-508",
		device: "ATECC508A",
		source: "kmwebnet/ECC608-Configure, src/configure.c",
		notes:  "508A variant of kmwebnet-608",
		zone: "" +
			"012300000000500000000000eec05900c00055008f20c444872087208f0fc436" +
			"9f0f82200f0fc4440f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000ffffffffffffffffffffffffffffffff00000000ffff000000000000" +
			"33001c00130013007c001c003c0033003c003c003c0030003c003c003c003000",
		placeholder: []span{{86, 87}, {0, 15}},
	},
	{
		name:   "kmwebnet-608",
		device: "ATECC608A",
		source: "kmwebnet/ECC608-Configure, src/configure.c",
		notes:  "ESP32 tutorial; IO protection key in slot 4, AES in slot 5",
		zone: "" +
			"012300000000600200000000ee010100c00000018f20c444872087208f0fc400" +
			"9f0f82200f0fc4440f0f0f0f0f0f0f0f0f0f0f0fffffffff00000000ffffffff" +
			"00000000000000000000000000000000000000000000ffffffff064000000000" +
			"33001c00130013007c0018003c0033003c003c003c0030003c003c003c003000",
		placeholder: []span{{86, 87}, {0, 15}},
	},
	{
		name:   "nerveskey",
		device: "ATECC608A",
		source: "nerves-hub/nerves_key, lib/nerves_key/config.ex",
		notes:  "only the slots are known, factory values elsewhere",
		zone: "" +
			"012300000000600200000000ee010100c000000087200f0f0f0f0f0f0f0f0f0f" +
			"0f0f0f0f0f0f0f0f0f2f0f2f0f2f0f2f0f0f0f0fffffffff00000000ffffffff" +
			"000000000000000000000000000000000000000000005555ffff000000000000" +
			"33001c001c001c001c001c001c001c003c003c003c0030003c003c003c003c00",
		placeholder: []span{{0, 19}, {52, 95}},
	},
	{
		name:   "tcustom-demo-608B",
		device: "ATECC608B",
		source: "dump of a real part from a DM320118 kit in a public note",
		notes:  "eight private keys that cannot be made anew, eight open data slots, counters at 31 and 4",
		zone: "" +
			"0123b99c00006003b46ca1c6ee616500c0000000830f830f830f830f830f830f" +
			"830f830f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f00000001000000000fffffff" +
			"000000000000000000000000000000000000000000000000ffff000000000000" +
			"330033003300330033003300330033003c003c003c003c003c003c003c003c00",
	},
	{
		name:   "tflxtls-608B",
		device: "ATECC608B-TFLXTLS",
		source: "dump of a real part from a DM320118 kit in a public note",
		notes:  "TrustFLEX prototype; certificates in slots 10 to 12 writable until locked",
		zone: "" +
			"01238b2600006003365dc418016169006c000001850082008520852085208f46" +
			"8f0f9f8f0f0f8f0f0f0f0f0f0f0f0f0f0d1f0f0fffffffff00000000ffffffff" +
			"00000000000003f700697600000000000000000000000000ffff0e6000000000" +
			"5300530073007300730038007c001c003c001a003c0030003c00300012003000",
	},
	{
		name:   "tnglora-608A",
		device: "ATECC608A-TNGLORA",
		source: "assembled from the tables of the public TNGLORA data sheet",
		notes:  "slot 15 and SecureBoot are not in the data sheet and stand at zero",
		zone: "" +
			"01230000000060020000000027010100b20000018fbd858fce0fce0fce0fce0f" +
			"ce0fce0f0f0f0f0f0f0fce0fce0f9f4d8f0f0000ffffffff00000000ffffffff" +
			"000000000000000000697600000000000000000000000000ffff0ee500000000" +
			"180013001a001a001a001a001a001a0030001c003c001a001a001c007c001c00",
		placeholder: []span{{2, 3}, {8, 11}, {14, 14}, {50, 51}, {70, 71}, {126, 127}},
	},
	{
		name:   "tngtls-608A",
		device: "ATECC608A-TNGTLS",
		source: "dump of a real part in a public board README; agrees with DS40002112",
		notes:  "Trust&GO; slots 5, 7 and 13 to 15, reserved by the data sheet, hold TrustFLEX values",
		zone: "" +
			"0123cfe100006002ef17f0b0010129006a000001850082008520852085208f46" +
			"8f0f9f8f0f0f8f0f0f8f0f8f0f8f0f0f0d1f0f0fffffffff00000000ffffffff" +
			"00000000000003f700697600000000000000000000000000ffff0e6000000000" +
			"5300530073007300730038007c001c003c001a001c0010001c00300012003000",
	},
	{
		name:   "tngtls-608B",
		device: "ATECC608B-TNGTLS",
		source: "dump of a real part from a DM320118 kit in a public note",
		notes:  "Trust&GO; reserved slots closed, secure boot off, counters at 31 and 4",
		zone: "" +
			"01233fce000060039912440f016155006a000001850082008520852085200f8f" +
			"8f0f8f8f0f0f8f0f0f8f0f8f0f8f8f8f8f8f8f8f00000001000000000fffffff" +
			"00000000000000f700697600000000000000000000000000ffff0e6000000000" +
			"530053007300730073001c007c001c003c001a001c0010001c001c001c001c00",
	},
}
