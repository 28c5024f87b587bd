// Files of the volume this program was loaded from. UEFI specification 13.4-13.5. A file is read whole, in pieces, into
// pages that stay ours after the firmware has gone.

using System;

namespace MinusOne.Efi.Firmware;

internal static unsafe class Volume
{
    // Drivers of some firmwares fail at more.
    private const ulong MostPiece = 1 << 20;
    private const ulong EndOfFile = ulong.MaxValue;

    // NotFound is the ordinary "there is none"; everything else is trouble. `path` ends with a NUL.
    public static EfiStatus Read(ReadOnlySpan<char> path, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        FileProtocol* root = OpenRoot();
        if (root == null)
        {
            return EfiStatus.NotFound;
        }

        FileProtocol* file = null;
        EfiStatus status;
        fixed (char* name = path)
        {
            status = root->Open(root, &file, name, FileProtocol.ModeRead, 0);
        }

        if (status == EfiStatus.Success)
        {
            status = ReadAll(file, out content, out length);
            file->Close(file);
        }

        root->Close(root);
        return status;
    }

    private static FileProtocol* OpenRoot()
    {
        var image = (LoadedImage*)Services.ProtocolOf(Services.Image, Guid.LoadedImage);
        var system = image == null
            ? null
            : (SimpleFileSystem*)Services.ProtocolOf(image->DeviceHandle, Guid.SimpleFileSystem);
        FileProtocol* root = null;
        return system != null && system->OpenVolume(system, &root) == EfiStatus.Success ? root : null;
    }

    private static EfiStatus ReadAll(FileProtocol* file, out byte* content, out ulong length)
    {
        content = null;
        length = 0;
        ulong size = 0;
        EfiStatus status = file->SetPosition(file, EndOfFile);
        if (status == EfiStatus.Success)
        {
            status = file->GetPosition(file, &size);
        }

        if (status == EfiStatus.Success)
        {
            status = file->SetPosition(file, 0);
        }

        if (status == EfiStatus.Success)
        {
            status = LoanedPages.Take((size / LoanedPages.PageSize) + 1, out content);
        }

        while (status == EfiStatus.Success && length < size)
        {
            ulong piece = Math.Min(size - length, MostPiece);
            status = file->Read(file, &piece, content + length);
            length += piece;
            status = status == EfiStatus.Success && piece == 0 ? EfiStatus.DeviceError : status;
        }

        return status;
    }
}
