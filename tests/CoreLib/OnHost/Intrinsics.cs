// Stand-ins for what the compiler of the image supplies. The locked operations are not atomic here: what the tests look
// at is what the rest of Interlocked makes of them. The real ones are executed by the tests of the compiled core
// library.
namespace System.Runtime.CompilerServices
{
    internal sealed class IntrinsicAttribute : Attribute;
}

namespace System.Threading
{
    public static partial class Interlocked
    {
        public static int CompareExchange(ref int location1, int value, int comparand)
        {
            int before = location1;
            location1 = before == comparand ? value : before;
            return before;
        }

        public static long CompareExchange(ref long location1, long value, long comparand)
        {
            long before = location1;
            location1 = before == comparand ? value : before;
            return before;
        }

        public static int Exchange(ref int location1, int value)
        {
            int before = location1;
            location1 = value;
            return before;
        }

        public static long Exchange(ref long location1, long value)
        {
            long before = location1;
            location1 = value;
            return before;
        }

        private static int ExchangeAdd(ref int location1, int value) => Exchange(ref location1, location1 + value);

        private static long ExchangeAdd(ref long location1, long value) => Exchange(ref location1, location1 + value);
    }
}
