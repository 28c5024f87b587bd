// The status codes this program gives or understands. UEFI specification, appendix D.
namespace MinusOne.Efi.Firmware;

internal enum EfiStatus : ulong
{
    Success = 0,
    LoadError = ErrorBit | 1,
    InvalidParameter = ErrorBit | 2,
    Unsupported = ErrorBit | 3,
    BufferTooSmall = ErrorBit | 5,
    NotReady = ErrorBit | 6,
    DeviceError = ErrorBit | 7,
    OutOfResources = ErrorBit | 9,
    NotFound = ErrorBit | 14,
    Timeout = ErrorBit | 18,
    Aborted = ErrorBit | 21,
    HttpError = ErrorBit | 35,

    ErrorBit = 1UL << 63,
}
