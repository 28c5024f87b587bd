// The firmware, as this program uses it: found once, then reached by everyone in efi/ through here.
namespace MinusOne.Efi.Firmware;

internal static unsafe class Services
{
    private const ulong MostTables = 1024;

    private static void* s_image;
    private static SystemTable* s_system;

    public static void* Image => s_image;

    public static SystemTable* System => s_system;

    public static BootServices* Boot => s_system->BootServices;

    public static void Open(void* image, SystemTable* system)
    {
        s_image = image;
        s_system = system;
    }

    // All handles that have this protocol, until Free.
    public static void** HandlesOf(Guid protocol, out ulong count)
    {
        void** handles = null;
        ulong found = 0;
        bool isDone = Boot->LocateHandleBuffer(
            LocateSearchType.ByProtocol, &protocol, null, &found, &handles) == EfiStatus.Success;
        count = isDone ? found : 0;
        return isDone ? handles : null;
    }

    public static void Free(void* pool)
    {
        if (pool != null)
        {
            Boot->FreePool(pool);
        }
    }

    // The protocol on this handle, or null.
    public static void* ProtocolOf(void* handle, Guid protocol)
    {
        void* found = null;
        return handle != null && Boot->HandleProtocol(handle, &protocol, &found) == EfiStatus.Success ? found : null;
    }

    // A table that firmware keeps under this name, or null.
    public static void* TableOf(Guid name)
    {
        ulong count = s_system->ConfigurationTable == null ? 0 : Math.Min(s_system->NumberOfTableEntries, MostTables);
        for (ulong i = 0; i < count; i++)
        {
            if (s_system->ConfigurationTable[i].Vendor.Is(name))
            {
                return s_system->ConfigurationTable[i].Table;
            }
        }

        return null;
    }
}
