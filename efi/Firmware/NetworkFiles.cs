// Files of the server that this program came from over PXE: TFTP by firmware's own protocol. UEFI specification 24.3
// EFI_PXE_BASE_CODE_PROTOCOL. IPv6 is left out: what was loaded so has the menu and its load options.

using System;
using System.Runtime.InteropServices;

namespace MinusOne.Efi.Firmware;

internal static unsafe class NetworkFiles
{
    private const int MostPath = 256;
    private const ulong MostBytes = 1UL << 31;

    // A loader may not tell how long a file is (iPXE): room for so much, and for more if it is too little.
    private const ulong FirstGuess = 1 << 16;
    private const ulong NextGuess = 16;

    // Offsets in the mode: whether there was a packet, and the packets, each as DHCP writes it.
    private const int IsVersion6 = 3;
    private const int HasReply = 12;
    private const int Acknowledgement = 1524;
    private const int ProxyOffer = Acknowledgement + 1472;
    private const int Reply = Acknowledgement + (3 * 1472);
    private const int NextServer = 20;

    // As Volume reads; `path` ends with a NUL.
    public static EfiStatus Read(void* device, ReadOnlySpan<char> path, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        var network = (PxeBaseCode*)Services.ProtocolOf(device, Guid.PxeBaseCode);
        if (network == null || network->Mode == null || network->Mode[IsVersion6] != 0 || path.Length > MostPath)
        {
            return EfiStatus.NotFound;
        }

        byte* name = stackalloc byte[MostPath];
        Write(path, name);
        byte* server = stackalloc byte[16];
        *(uint*)server = Server(network->Mode);
        ulong size = 0;
        EfiStatus status = network->Mtftp(
            network, PxeOperation.FileSize, null, 0, &size, null, server, name, null, 0);
        bool isKnown = status != EfiStatus.Unsupported;
        if ((isKnown && status != EfiStatus.Success) || size > MostBytes)
        {
            return EfiStatus.NotFound;
        }

        for (size = isKnown ? size : FirstGuess; size <= MostBytes; size *= NextGuess)
        {
            status = LoanedPages.Take((size / LoanedPages.PageSize) + 1, out content);
            length = size;
            fixed (ulong* bytes = &length)
            {
                status = status != EfiStatus.Success ? status : network->Mtftp(
                    network, PxeOperation.ReadFile, content, 0, bytes, null, server, name, null, 0);
            }

            if (isKnown || status != EfiStatus.BufferTooSmall)
            {
                break;
            }
        }

        return isKnown || status is EfiStatus.Success or EfiStatus.OutOfResources ? status : EfiStatus.NotFound;
    }

    // Paths of servers have slashes and begin in their folder.
    private static void Write(ReadOnlySpan<char> path, byte* name)
    {
        foreach (char unit in path.Slice(path[0] == '\\' ? 1 : 0))
        {
            *name++ = unit == '\\' ? (byte)'/' : (byte)unit;
        }
    }

    // The one that a boot server named, else the one that gave the address, else a proxy.
    private static uint Server(byte* mode)
    {
        uint server = mode[HasReply] != 0 ? *(uint*)(mode + Reply + NextServer) : 0;
        server = server != 0 ? server : *(uint*)(mode + Acknowledgement + NextServer);
        return server != 0 ? server : *(uint*)(mode + ProxyOffer + NextServer);
    }
}

internal enum PxeOperation
{
    FileSize = 1,
    ReadFile = 2,
}

[StructLayout(LayoutKind.Sequential)]
internal unsafe struct PxeBaseCode
{
    public ulong Revision;
    public void* Start;
    public void* Stop;
    public void* Dhcp;
    public void* Discover;
    public delegate* unmanaged<
        PxeBaseCode*, PxeOperation, void*, byte, ulong*, ulong*, byte*, byte*, void*, byte, EfiStatus> Mtftp;

    public void* UdpWrite;
    public void* UdpRead;
    public void* SetIpFilter;
    public void* Arp;
    public void* SetParameters;
    public void* SetStationIp;
    public void* SetPackets;
    public byte* Mode;
}
