// Firmware's HTTP, in the specification's order and names. UEFI specification 29.6 EFI HTTP Protocols; 11.6 EFI Service
// Binding Protocol.

using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ServiceBinding
{
    public delegate* unmanaged<ServiceBinding*, void**, EfiStatus> CreateChild;
    public delegate* unmanaged<ServiceBinding*, void*, EfiStatus> DestroyChild;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpProtocol
{
    public void* GetModeData;
    public delegate* unmanaged<HttpProtocol*, HttpConfiguration*, EfiStatus> Configure;
    public delegate* unmanaged<HttpProtocol*, HttpToken*, EfiStatus> Request;
    public delegate* unmanaged<HttpProtocol*, HttpToken*, EfiStatus> Cancel;
    public delegate* unmanaged<HttpProtocol*, HttpToken*, EfiStatus> Response;
    public delegate* unmanaged<HttpProtocol*, EfiStatus> Poll;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpConfiguration
{
    public HttpVersion Version;
    public uint Milliseconds;
    public byte IsIpv6;
    public HttpAccessPoint* AccessPoint;
}

// Addresses are bytes, which lie anywhere.
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct HttpAccessPoint
{
    public byte UseDefaultAddress;
    public uint LocalAddress;
    public uint LocalSubnet;
    private byte _unused;
    public ushort LocalPort;
}

// When its status is there, what it was for is done.
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpToken
{
    public void* Event;
    public EfiStatus Status;
    public HttpMessage* Message;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpMessage
{
    public void* Data;
    public ulong HeaderCount;
    public HttpHeader* Headers;
    public ulong BodyLength;
    public void* Body;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpHeader
{
    public byte* Name;
    public byte* Value;
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct HttpRequestData
{
    public HttpMethod Method;
    public char* Url;
}

internal enum HttpVersion
{
    Http11 = 1,
}

internal enum HttpMethod
{
    Get = 0,
}
